//! JSON text to a typed config, or the precise place where it does not fit.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ConfigError, ConfigErrors};

/// Parses a config. An empty text is read as `{}`, as gateways send no text for no config.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, ConfigErrors> {
    let text = if text.trim_ascii().is_empty() {
        b"{}"
    } else {
        text
    };
    let mut json = serde_json::Deserializer::from_slice(text);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|e| precise(&e))?;
    json.end()
        .map_err(|e| describe(String::new(), &e.to_string()))?;
    Ok(parsed)
}

/// Parses a config that is already a JSON value.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ConfigErrors> {
    serde_path_to_error::deserialize(value).map_err(|e| precise(&e))
}

fn precise(error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigErrors {
    let path = match error.path().to_string() {
        root if root == "." => String::new(),
        path => path,
    };
    describe(path, &error.inner().to_string())
}

/// Turns serde's sentence into expected and found.
///
/// serde writes `invalid type: X, expected Y`, `invalid value: X, expected Y`,
/// ``unknown field `x`, expected one of …`` and ``missing field `x` ``; anything else (a type's own
/// words, or JSON that does not parse) is kept whole.
fn describe(mut path: String, message: &str) -> ConfigErrors {
    let message = message.split(" at line ").next().unwrap_or(message);
    let (found, expected) = match message.split_once(", expected ") {
        Some((found, expected)) => (found, expected.to_owned()),
        None => ("", message.to_owned()),
    };
    if let Some(name) = message
        .strip_prefix("missing field `")
        .and_then(|m| m.strip_suffix('`'))
    {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let expected = "a value: this field is required".to_owned();
        return ConfigError {
            path,
            expected,
            found: "nothing".into(),
        }
        .into();
    }
    if let Some(own) = message.strip_prefix("expected ") {
        let (expected, found) = own.split_once(", found ").unwrap_or((own, ""));
        return ConfigError {
            path,
            expected: expected.into(),
            found: found.into(),
        }
        .into();
    }
    let found = found
        .strip_prefix("invalid type: ")
        .or_else(|| found.strip_prefix("invalid value: "))
        .unwrap_or(found);
    let expected = if is_number(found) && expected.contains("string") {
        format!("{expected} (write it in quotes: YAML reads it as a number)")
    } else {
        expected
    };
    ConfigError {
        path,
        expected,
        found: found.to_owned(),
    }
    .into()
}

fn is_number(found: &str) -> bool {
    found.starts_with("integer") || found.starts_with("floating point")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: String,
    }

    fn error(text: &str) -> String {
        from_slice::<Outer>(text.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn names_the_place_what_was_expected_and_what_was_there() {
        assert_eq!(
            error(r#"{"items":[{"name":"a"},{"name":1.1}]}"#),
            "items[1].name: expected a string (write it in quotes: YAML reads it as a number), \
             found floating point `1.1`"
        );
        assert_eq!(
            error(r#"{"items":[{"name":"a","x":1}]}"#),
            "items[0].x: expected `name`, found unknown field `x`"
        );
        assert_eq!(
            error(r#"{"items":[{}]}"#),
            "items[0].name: expected a value: this field is required, found nothing"
        );
        assert_eq!(
            error(r#"{"items":3}"#),
            "items: expected a sequence, found integer `3`"
        );
        assert_eq!(error(r#"{"items":[]} x"#), "expected trailing characters");
    }

    #[test]
    fn reads_no_text_as_the_empty_config() {
        assert!(from_slice::<Outer>(b" \n").unwrap().items.is_empty());
        let one: Outer = from_slice(br#"{"items":[{"name":"a"}]}"#).unwrap();
        assert_eq!(one.items[0].name, "a");
    }
}
