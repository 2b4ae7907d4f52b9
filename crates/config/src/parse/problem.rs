//! What is wrong with a value, in the words of a config error.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use crate::quoted::{quoted, split_at};

/// Expected and found; the place is known to the [`Trail`](super::node::Trail). In a box: each
/// type's reader hands it on after each of its fields.
#[derive(Debug)]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    /// The member that is missing at the place, where one is.
    member: Option<String>,
    expected: String,
    found: String,
}

impl Problem {
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            member: None,
            expected: expected.into(),
            found: found.into(),
        }))
    }

    /// A number that is not whole, where only whole ones are read.
    pub(super) fn fraction(text: &str, expected: &dyn Expected) -> Self {
        Self::number(expected.to_string(), format!("floating point `{text}`"))
    }

    fn number(mut expected: String, found: String) -> Self {
        if split_at(&expected, "string").is_some() {
            expected.push_str(" (write it in quotes: YAML reads it as a number)");
        }
        Self::new(expected, found)
    }

    /// The missing member, expected and found.
    pub(super) fn parts(self) -> (Option<String>, String, String) {
        let Parts {
            member,
            expected,
            found,
        } = *self.0;
        (member, expected, found)
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.0.expected, self.0.found)
    }
}

impl std::error::Error for Problem {}

impl Error for Problem {
    /// A type's own words. «expected X, found Y» is taken apart.
    fn custom<T: Display>(words: T) -> Self {
        let words = words.to_string();
        match words.strip_prefix("expected ") {
            Some(own) => {
                let (expected, found) = split_at(own, ", found ").unwrap_or((own, ""));
                Self::new(expected, found)
            }
            None => Self::new(words, ""),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        match found {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => {
                Self::number(expected, shown(found))
            }
            _ => Self::new(expected, shown(found)),
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(expected.to_string(), format!("length {length}"))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(one_of(known), format!("unknown variant `{variant}`"))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(one_of(known), format!("unknown field `{field}`"))
    }

    fn missing_field(field: &'static str) -> Self {
        let mut problem = Self::new("a value: this field is required", "nothing");
        problem.0.member = Some(field.to_owned());
        problem
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` once"), "it twice")
    }
}

fn one_of(known: &[&str]) -> String {
    match known {
        [] => "no field here".to_owned(),
        [one] => format!("`{one}`"),
        [one, other] => format!("`{one}` or `{other}`"),
        many => format!("one of `{}`", many.join("`, `")),
    }
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("boolean `{value}`"),
        Unexpected::Unsigned(value) => format!("integer `{value}`"),
        Unexpected::Signed(value) => format!("integer `{value}`"),
        // Writing one would bring a table of 10 KB into every module.
        Unexpected::Float(_) => "floating point number".to_owned(),
        Unexpected::Str(text) => format!("string {}", quoted(text)),
        Unexpected::Unit => "null".to_owned(),
        Unexpected::Seq => "sequence".to_owned(),
        Unexpected::Map => "map".to_owned(),
        Unexpected::Other(what) => what.to_owned(),
        _ => "another kind of value".to_owned(),
    }
}
