//! Methods and header names.

/// The methods that browsers turn into upper case (Fetch standard, «normalize»).
const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// Whether an entry of `methods` is one, or what is expected instead.
pub(crate) fn check_method(text: &str) -> Result<(), String> {
    let upper = NORMALIZED
        .iter()
        .find(|method| method.eq_ignore_ascii_case(text));
    match upper {
        Some(upper) if *upper != text => Err(format!("{upper}: methods are in upper case")),
        _ if is_token(text.as_bytes()) => Ok(()),
        _ => Err("a method such as PUT, or *".to_owned()),
    }
}

/// Whether an entry of `headers` or `expose` is a name, or what is expected instead.
pub(crate) fn check_header(text: &str) -> Result<(), String> {
    match is_token(text.as_bytes()) {
        true => Ok(()),
        false => Err("a header name such as X-Request-Id, or *".to_owned()),
    }
}

/// A token of RFC 9110, 5.6.2. `*` is one.
fn is_token(text: &[u8]) -> bool {
    let is_character = |b: &u8| b.is_ascii_alphanumeric() || b"-!#$%&'*+.^_`|~".contains(b);
    !text.is_empty() && text.iter().all(is_character)
}

/// The text, where it is a token.
pub(crate) fn token(text: &[u8]) -> Option<&str> {
    str::from_utf8(text)
        .ok()
        .filter(|text| is_token(text.as_bytes()))
}

/// Whether `*` is among the names.
pub(crate) fn has_star(names: &[String]) -> bool {
    names.iter().any(|name| name == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_tokens_and_methods_as_they_are_sent() {
        for text in ["PUT", "PATCH", "*", "M-SEARCH", "patch"] {
            assert_eq!(check_method(text), Ok(()), "{text}");
        }
        assert_eq!(
            check_method("get").unwrap_err(),
            "GET: methods are in upper case"
        );
        for text in ["", "GET PUT", "GET,PUT", "G\u{c9}T", "GET\r\n", ":method"] {
            assert!(check_method(text).is_err(), "{text}");
            assert!(check_header(text).is_err(), "{text}");
        }
    }
}
