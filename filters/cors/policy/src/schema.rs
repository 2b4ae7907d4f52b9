//! What the JSON Schema says of the entries of lists.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub(crate) struct OriginPattern;
pub(crate) struct Method;
pub(crate) struct HeaderName;

const TOKEN: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

impl JsonSchema for OriginPattern {
    fn schema_name() -> Cow<'static, str> {
        "OriginPattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An origin, or a pattern of origins. `https://app.example.com` is that \
                origin alone. `https://*.example.com` is every name below `example.com`, however \
                deep, and not `example.com` itself. `:[3000,8080]` after a host lists ports, \
                `:[*]` is any port; without either it is the scheme's default port. `*` alone is \
                every origin, `null` (in quotes) the origin of sandboxed frames and local files. \
                `regex:` begins a regular expression that must match the whole origin.",
            "pattern": "^(\\*|null|regex:.+|[A-Za-z][A-Za-z0-9+.-]*://.+)$",
            "examples": [
                "https://app.example.com",
                "https://*.example.com",
                "http://localhost:[3000,8080]",
                "http://localhost:[*]",
                "*",
                "null",
                r"regex:https://pr-[0-9]+\.preview\.example\.com"
            ]
        })
    }
}

impl JsonSchema for Method {
    fn schema_name() -> Cow<'static, str> {
        "Method".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A method, or `*` for every method.",
            "pattern": TOKEN,
            "examples": ["PUT", "*"]
        })
    }
}

impl JsonSchema for HeaderName {
    fn schema_name() -> Cow<'static, str> {
        "HeaderName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A header name, or `*`.",
            "pattern": TOKEN,
            "examples": ["Content-Type", "*"]
        })
    }
}
