//! The upstreams of a filter's own, by logical names.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// The reserved key `upstreams`: the cluster that stands for each logical name. A name that it does
/// not list is a cluster's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upstreams(Vec<(String, String)>);

impl Upstreams {
    /// The cluster of that name.
    pub fn resolve<'a>(&'a self, name: &'a UpstreamName) -> &'a str {
        self.find(name.as_str())
    }

    /// The cluster of a name that no config writes.
    pub fn find<'a>(&'a self, name: &'a str) -> &'a str {
        let mut all = self.0.iter();
        let found = all.find(|(logical, _)| logical == name);
        found.map_or(name, |(_, cluster)| cluster)
    }
}

/// The logical name of an upstream where a config refers to one. Never empty.
///
/// An add-on that declares the upstreams recognises these fields by the mark `x-hachure-upstream`
/// of the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpstreamName(String);

impl UpstreamName {
    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for UpstreamName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = UpstreamName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an upstream")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<UpstreamName, E> {
        if text.is_empty() {
            return Err(E::invalid_value(de::Unexpected::Str(text), &self));
        }
        Ok(UpstreamName(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Upstreams {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(MapVisitor)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = Upstreams;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of upstream names and clusters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Upstreams, A::Error> {
        let mut all = vec![];
        while let Some((name, cluster)) = map.next_entry::<UpstreamName, UpstreamName>()? {
            all.push((name.0, cluster.0));
        }
        Ok(Upstreams(all))
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{UpstreamName, Upstreams};

    impl JsonSchema for UpstreamName {
        fn schema_name() -> Cow<'static, str> {
            "UpstreamName".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "minLength": 1,
                "description": "The name of an upstream: one that `upstreams` lists, or that of \
                    an Envoy cluster.",
                "examples": ["idp"],
                "x-hachure-upstream": true
            })
        }
    }

    impl JsonSchema for Upstreams {
        fn schema_name() -> Cow<'static, str> {
            "Upstreams".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "object",
                "description": "The Envoy cluster for each upstream name. A name that is not \
                    listed is that of a cluster. Gateways fill it in where they make the clusters.",
                "additionalProperties": {"type": "string", "minLength": 1},
                "examples": [{"idp": "outbound|443||login.example.com"}]
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        #[serde(default)]
        upstreams: Upstreams,
        upstream: UpstreamName,
    }

    fn resolved(config: &str) -> Result<String, String> {
        let config: Config =
            crate::from_slice(config.as_bytes()).map_err(|errors| errors.to_string())?;
        Ok(config.upstreams.resolve(&config.upstream).to_owned())
    }

    #[test]
    fn a_name_is_a_clusters_where_nothing_else_is_said() {
        let idp = r#"{"upstream": "idp", "upstreams": {"other": "b", "idp": "a"}}"#;
        assert_eq!(resolved(idp), Ok("a".to_owned()));
        assert_eq!(resolved(r#"{"upstream": "idp"}"#), Ok("idp".to_owned()));
    }

    #[test]
    fn empty_names_are_refused_where_they_stand() {
        let error = resolved(r#"{"upstream": ""}"#).unwrap_err();
        assert!(
            error.starts_with("upstream: expected the name of an upstream"),
            "{error}"
        );
        let error = resolved(r#"{"upstream": "a", "upstreams": {"a": ""}}"#).unwrap_err();
        assert!(error.starts_with("upstreams.a: "), "{error}");
    }
}
