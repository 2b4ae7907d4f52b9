//! What a response says of its cost in its body.

use hachure_config::scalar_at;
use hachure_exchange::Exchange;

/// The form of a body that can say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON value.
    Json,
    /// Server-sent events (WHATWG HTML, 9.2), as language models stream their answers.
    Events,
}

/// See [`prepare`].
pub(crate) const UNASKED: [&str; 3] = ["accept-encoding", "range", "if-range"];

/// What a request must not ask for where the body of its response is read: a compressed one, or a
/// part of it, would not say what it cost.
pub(crate) fn prepare(x: &mut Exchange<'_>) {
    for name in UNASKED {
        if x.has(name) {
            x.remove(name);
        }
    }
}

/// The form of the response whose headers have arrived; none where its body can say nothing.
pub(crate) fn form(x: &mut Exchange<'_>) -> Option<Form> {
    if x.end_of_stream() {
        return None;
    }
    let headers = x.headers();
    let plain = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"identity");
    if !headers.values("content-encoding").all(plain) {
        return None;
    }
    let kind = headers.single("content-type").one()?;
    let kind = kind.split(|byte| *byte == b';').next()?.trim_ascii();
    let kind = kind.to_ascii_lowercase();
    if kind == b"text/event-stream" {
        Some(Form::Events)
    } else if kind == b"application/json" || kind.ends_with(b"+json") {
        Some(Form::Json)
    } else {
        None
    }
}

/// The whole number at the end of `path`; of events, in the last one that has one there.
pub(crate) fn said(form: Form, body: &[u8], path: &[String]) -> Option<u64> {
    let at = |text: &[u8]| {
        let number = scalar_at(text, path.iter().map(String::as_str))?;
        super::number(number.as_bytes())
    };
    match form {
        Form::Json => at(body),
        Form::Events => lines_backwards(body).find_map(|line| match line.split_first_chunk() {
            Some((b"data:", text)) => at(text),
            _ => None,
        }),
    }
}

/// The lines of a text, the last one first. What a slice has for this can panic, as far as the
/// compiler sees.
fn lines_backwards(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let before = rest?;
        let end = before.iter().rposition(|b| matches!(b, b'\n' | b'\r'));
        rest = end.and_then(|end| before.get(..end));
        before.get(end.map_or(0, |end| end.saturating_add(1))..)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn json_says_a_whole_number() {
        let said = |body: &str| said(Form::Json, body.as_bytes(), &path(&["usage", "total"]));
        assert_eq!(said(r#"{"a": [1], "usage": {"total": 42}}"#), Some(42));
        for body in [
            "",
            "42",
            r#"{"usage": {"total": -1}}"#,
            r#"{"usage": {"total": 1.5}}"#,
            r#"{"usage": {"total": [1]}}"#,
            r#"{"usage": null}"#,
            r#"{"usage": {"tot"#,
        ] {
            assert_eq!(said(body), None, "{body}");
        }
    }

    #[test]
    fn the_last_event_that_says_it_counts() {
        let body = "data: {\"n\": 1}\n\ndata: {\"n\": 7}\r\n\r\nevent: end\ndata:{\"n\": null}\n\n\
                    data: [DONE]\n\n";
        assert_eq!(said(Form::Events, body.as_bytes(), &path(&["n"])), Some(7));
        assert_eq!(said(Form::Events, b"{\"n\": 1}", &path(&["n"])), None);
    }
}
