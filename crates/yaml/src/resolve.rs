//! What type a scalar has: the rules of goyaml.v2, which are those of YAML 1.1 but for base 60.

use crate::{
    ErrorKind,
    node::Text,
    number::{self, Number},
};

/// A scalar with its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved<'t> {
    Null,
    Bool(bool),
    Number(Number),
    /// `.inf`, `-.inf` or `.nan`, in this spelling.
    Unbounded(&'static str),
    String(&'t str),
}

const YAML_TAG: &str = "tag:yaml.org,2002:";

/// Gives a scalar its type, by its tag if it has one.
pub(crate) fn resolve(scalar: &Text) -> Result<Resolved<'_>, ErrorKind> {
    let text = scalar.text.as_str();
    let Some(tag) = &scalar.tag else {
        return Ok(if scalar.plain {
            untagged(text)
        } else {
            Resolved::String(text)
        });
    };
    let Some(name) = tag.strip_prefix(YAML_TAG) else {
        return Ok(Resolved::String(text));
    };
    let resolved = untagged(text);
    match (name, resolved) {
        ("bool", Resolved::Bool(_))
        | ("int", Resolved::Number(Number::Int(_) | Number::Uint(_)))
        | ("float", Resolved::Number(Number::Float(_)) | Resolved::Unbounded(_))
        | ("null", Resolved::Null) => Ok(resolved),
        ("float", Resolved::Number(Number::Int(int))) => {
            Ok(Resolved::Number(Number::Float(int as f64)))
        }
        ("bool" | "int" | "float" | "null", _) => Err(ErrorKind::TagMismatch {
            text: text.to_owned(),
            tag: format!("!!{name}"),
        }),
        ("binary" | "timestamp", _) => Err(ErrorKind::UnsupportedTag(format!("!!{name}"))),
        _ => Ok(Resolved::String(text)),
    }
}

/// A plain scalar. Dates and times stay strings, as they do in `kubectl`.
fn untagged(text: &str) -> Resolved<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Unbounded(".nan"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Unbounded(".inf"),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Unbounded("-.inf"),
        _ => number::parse(text).map_or(Resolved::String(text), Resolved::Number),
    }
}

impl Resolved<'_> {
    /// The string that `kubectl` makes of it as a key; `None` where it refuses.
    pub(crate) fn to_key(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(bool) => Some(bool.to_string()),
            Self::Number(number) => number.to_key(),
            Self::Unbounded(word) => Some(word.to_owned()),
            Self::String(text) => Some(text.to_owned()),
        }
    }
}
