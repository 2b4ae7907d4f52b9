//! What a filter's schema says of a config: which fields there are, and which name upstreams.

use std::collections::BTreeSet;

use hachure_catalog::named_upstreams;
use hachure_registry::Filter;
use serde_json::Value;

/// The upstreams that a config names, the key `upstreams` aside.
pub fn upstreams(filter: &Filter, config: &Value) -> BTreeSet<String> {
    let named = named_upstreams(&schema(filter), config).into_iter();
    named.map(|named| named.name).collect()
}

/// Whether the filter's config has a field of that name.
pub fn has_field(filter: &Filter, name: &str) -> bool {
    let schema = schema(filter);
    let fields = schema.get("properties");
    fields.is_some_and(|fields| fields.get(name).is_some())
}

fn schema(filter: &Filter) -> Value {
    // It is one that `cargo xtask gen` has written.
    serde_json::from_str(filter.schema).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_upstream_that_a_config_names_is_found() {
        let quota = Filter::find("quota").unwrap();
        let config = json!({"service": {"upstream": "limits", "domain": "limits-domain"}});
        assert_eq!(
            upstreams(quota, &config),
            BTreeSet::from(["limits".to_owned()])
        );
        let jwt = Filter::find("jwt-validation").unwrap();
        let remote =
            |upstream| json!({"keys": {"remote": {"url": "https://a/b", "upstream": upstream}}});
        let config = json!({
            "providers": [remote("one"), {"keys": {"inline": "{}"}}, remote("two")],
            "upstreams": {"one": "a-cluster"},
        });
        let expected = BTreeSet::from(["one".to_owned(), "two".to_owned()]);
        assert_eq!(upstreams(jwt, &config), expected);
        assert!(upstreams(Filter::find("cors").unwrap(), &json!({"origins": ["a"]})).is_empty());
    }

    #[test]
    fn a_field_is_one_of_the_schema() {
        assert!(has_field(
            Filter::find("version-rewrite").unwrap(),
            "headersHeld"
        ));
        assert!(!has_field(Filter::find("cors").unwrap(), "headersHeld"));
    }
}
