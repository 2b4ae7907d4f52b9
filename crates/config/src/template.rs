//! Texts with `${…}` in them: values that a config takes from the exchange.

mod filter;
mod syntax;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use filter::Filter;

/// What a filter's templates may name.
pub trait Variable: Sized {
    /// Every form, for error messages and the schema: `request.header.NAME`.
    const KNOWN: &'static [&'static str];

    /// Reads what stands between `${` and the first `|` or the `}`.
    fn parse(name: &str) -> Option<Self>;
}

/// A text with variables, read once when the config is.
///
/// `${request.header.x-user | lower | default:nobody}` is a variable and filters, which run from
/// left to right: `lower` and `upper` (ASCII), `base64` (standard alphabet, padded), `urlencode`
/// (everything but letters, digits, `-`, `.`, `_` and `~`), `sha256` (lower-case hex) and
/// `default:TEXT`, which gives a missing variable a value; the others leave it missing. `$${`
/// stands for `${`. Any other `$` is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<V> {
    text: String,
    parts: Vec<Part<V>>,
}

/// A stretch of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<V> {
    /// Text that stays as it is. Never empty, and never two in a row.
    Literal(String),
    /// A variable and what is done to it.
    Variable(V, Filters),
}

/// The filters after a variable, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters(Vec<Filter>);

impl<V: Variable> Template<V> {
    /// Reads the written form, or says what was expected and what was there.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            parts: syntax::parts(text)?,
        })
    }
}

impl<V> Template<V> {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of a template without variables.
    pub fn constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Its stretches in order.
    pub fn parts(&self) -> &[Part<V>] {
        &self.parts
    }

    /// Its variables in order, to be looked at or replaced.
    pub fn variables_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.parts.iter_mut().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Variable(variable, _) => Some(variable),
        })
    }

    /// Appends the value to `out`. `read` appends the value of a variable, or says `false` where
    /// there is none; `empty` makes that the empty value. Otherwise the first variable that is
    /// missing, after its filters, is the error, and what `out` has got is of no use.
    pub fn expand(
        &self,
        empty: bool,
        read: &mut dyn FnMut(&V, &mut Vec<u8>) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<(), &V> {
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Variable(variable, Filters(filters)) => {
                    let start = out.len();
                    let found = read(variable, out);
                    if !filter::apply_all(filters, found, start, out) && !empty {
                        return Err(variable);
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'de, V: Variable> Deserialize<'de> for Template<V> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text<V>(PhantomData<V>);
        impl<V: Variable> de::Visitor<'_> for Text<V> {
            type Value = Template<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Template<V>, E> {
                Template::parse(text).map_err(E::custom)
            }
        }
        d.deserialize_str(Text(PhantomData))
    }
}

impl<V> Serialize for Template<V> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

#[cfg(feature = "schema")]
impl<V: Variable> schemars::JsonSchema for Template<V> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let known: Vec<_> = V::KNOWN
            .iter()
            .map(|name| format!("`${{{name}}}`"))
            .collect();
        schemars::json_schema!({
            "type": "string",
            "description": format!(
                "Text with variables: {}. Filters follow a variable, from left to right: {}. \
                 `$${{` stands for `${{`.",
                known.join(", "),
                filter::KNOWN,
            ),
            "examples": ["acme", "${request.header.x-user | lower | default:nobody}"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Name(String);

    impl Variable for Name {
        const KNOWN: &'static [&'static str] = &["here.NAME", "gone.NAME"];

        fn parse(name: &str) -> Option<Self> {
            let known = name.starts_with("here.") || name.starts_with("gone.");
            known.then(|| Self(name.to_owned()))
        }
    }

    fn expand(text: &str, empty: bool) -> Result<String, String> {
        let template = Template::<Name>::parse(text).unwrap();
        let mut out = b"<".to_vec();
        let mut read = |Name(name): &Name, out: &mut Vec<u8>| match name.strip_prefix("here.") {
            Some(value) => {
                out.extend_from_slice(value.as_bytes());
                true
            }
            None => false,
        };
        let done = template
            .expand(empty, &mut read, &mut out)
            .map_err(|Name(name)| name.clone());
        done.map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn expands_in_place() {
        for (text, value) in [
            ("", "<"),
            ("plain $ $$ {x}", "<plain $ $$ {x}"),
            ("a-${here.b}-c${ here.d }", "<a-b-cd"),
            ("$${here.b} $$${here.b}", "<${here.b} $${here.b}"),
            ("${here.Ab|upper}${here.Ab|lower}", "<ABab"),
            ("${here.a b|urlencode|upper}", "<A%20B"),
            ("${here.a?>|base64}", "<YT8+"),
            (
                "${here.abc|sha256}",
                "<ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            ("${gone.x|default:none|upper}", "<NONE"),
            ("${gone.x|upper|default: none }", "<none"),
            ("${here.x|default:none}", "<x"),
            ("${gone.x|default:}", "<"),
        ] {
            assert_eq!(expand(text, false).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn a_missing_variable_is_named_or_empty() {
        assert_eq!(expand("a${gone.x|sha256}b", false), Err("gone.x".into()));
        assert_eq!(expand("a${gone.x|sha256}b", true), Ok("<ab".into()));
        assert_eq!(expand("${here.x}${gone.y}", false), Err("gone.y".into()));
    }

    #[test]
    fn knows_its_constants() {
        let constant = |text| {
            Template::<Name>::parse(text)
                .unwrap()
                .constant()
                .map(str::to_owned)
        };
        assert_eq!(constant("").as_deref(), Some(""));
        assert_eq!(constant("a $${b}").as_deref(), Some("a ${b}"));
        assert_eq!(constant("${here.a}"), None);
    }

    #[test]
    fn says_what_was_expected() {
        for (text, error) in [
            (
                "${request.heder.x}",
                "expected a variable, one of here.NAME, gone.NAME, found \"request.heder.x\"",
            ),
            ("a ${here.x", "expected a } after ${, found \"here.x\""),
            (
                "${}",
                "expected a variable, one of here.NAME, gone.NAME, found \"\"",
            ),
            (
                "${here.x|md5}",
                "expected a filter, one of lower, upper, base64, urlencode, sha256, default:TEXT, \
                 found \"md5\"",
            ),
            (
                "${here.x|default}",
                "expected a filter, one of lower, upper, base64, urlencode, sha256, default:TEXT, \
                 found \"default\"",
            ),
        ] {
            let found = Template::<Name>::parse(text).unwrap_err();
            assert_eq!(found, error, "{text}");
            let json = serde_json::Value::from(text);
            let found = crate::from_value::<Template<Name>>(json).unwrap_err();
            assert_eq!(found.to_string(), error, "{text}");
        }
    }
}
