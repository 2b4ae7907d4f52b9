//! What a filter's schema says of a config: which fields there are, and which name upstreams.

use std::collections::BTreeSet;

use hachure_registry::Filter;
use serde_json::{Map, Value};

/// The mark of fields that name an upstream.
const MARK: &str = "x-hachure-upstream";

/// The upstreams that a config names, the key `upstreams` aside.
pub fn upstreams(filter: &Filter, config: &Value) -> BTreeSet<String> {
    let root = schema(filter);
    let mut found = BTreeSet::new();
    walk(&root, &root, config, &mut found);
    found
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

fn walk(schema: &Value, root: &Value, value: &Value, found: &mut BTreeSet<String>) {
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        let referred = place.strip_prefix('#').and_then(|at| root.pointer(at));
        referred
            .iter()
            .for_each(|schema| walk(schema, root, value, found));
    }
    if schema.get(MARK) == Some(&Value::Bool(true)) {
        found.extend(value.as_str().map(str::to_owned));
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        for one in schema
            .get(several)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            walk(one, root, value, found);
        }
    }
    match value {
        Value::Object(members) => walk_members(schema, root, members, found),
        Value::Array(items) => {
            if let Some(of_items) = schema.get("items") {
                items
                    .iter()
                    .for_each(|item| walk(of_items, root, item, found));
            }
        }
        _ => {}
    }
}

fn walk_members(
    schema: &Value,
    root: &Value,
    members: &Map<String, Value>,
    found: &mut BTreeSet<String>,
) {
    let named = schema.get("properties");
    for (key, member) in members {
        let of_member = named.and_then(|named| named.get(key));
        if let Some(of_member) = of_member.or_else(|| schema.get("additionalProperties")) {
            walk(of_member, root, member, found);
        }
    }
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
