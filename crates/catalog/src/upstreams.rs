//! Where a config names upstreams: what its schema marks with `x-hachure-upstream`.

use std::collections::HashSet;
use std::ptr;

use hachure_config::Path;
use serde_json::Value;

/// The reserved key of configs.
pub const UPSTREAMS: &str = "upstreams";
const MARK: &str = "x-hachure-upstream";
/// How deep schemas and configs are read.
const DEPTH: usize = 1024;

/// A place in a config that names an upstream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedUpstream {
    /// Where, as `service.upstream`.
    pub path: String,
    /// The name.
    pub name: String,
}

/// Every place of a config that names an upstream. Of alternatives in the schema all count: what
/// could be a name is one.
pub fn named_upstreams(schema: &Value, config: &Value) -> Vec<NamedUpstream> {
    let mut walk = Walk {
        root: schema,
        seen: HashSet::new(),
        found: vec![],
    };
    walk.enter(schema, config, &Path::ROOT, 0);
    walk.found.sort();
    walk.found.dedup();
    walk.found
}

/// Whether configs of that schema have the reserved key.
pub fn takes_upstreams(schema: &Value) -> bool {
    schema
        .get("properties")
        .is_some_and(|properties| properties.get(UPSTREAMS).is_some())
}

struct Walk<'s> {
    root: &'s Value,
    /// Which part of the schema was held against which part of the config: once is enough, and a
    /// schema may refer to itself.
    seen: HashSet<(*const Value, *const Value)>,
    found: Vec<NamedUpstream>,
}

impl<'s> Walk<'s> {
    fn enter(&mut self, schema: &'s Value, value: &Value, path: &Path<'_>, depth: usize) {
        let pair = (ptr::from_ref(schema), ptr::from_ref(value));
        if depth > DEPTH || !self.seen.insert(pair) {
            return;
        }
        let deeper = depth.saturating_add(1);
        if let (Some(Value::Bool(true)), Value::String(name)) = (schema.get(MARK), value) {
            self.found.push(NamedUpstream {
                path: path.to_string(),
                name: name.clone(),
            });
        }
        let pointer = schema.get("$ref").and_then(Value::as_str);
        let referred = pointer.and_then(|pointer| self.root.pointer(pointer.strip_prefix('#')?));
        for same in referred.into_iter().chain(alternatives(schema)) {
            self.enter(same, value, path, deeper);
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    for schema in of_member(schema, name) {
                        self.enter(schema, value, &path.key(name), deeper);
                    }
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    for schema in of_item(schema, index) {
                        self.enter(schema, value, &path.index(index), deeper);
                    }
                }
            }
            _ => {}
        }
    }
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf", "allOf"].into_iter();
    let lists = lists
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten();
    let branches = ["if", "then", "else"].into_iter();
    lists.chain(branches.filter_map(|key| schema.get(key)))
}

fn of_member<'s>(schema: &'s Value, name: &str) -> Vec<&'s Value> {
    let named = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let patterns = patterns.into_iter().flatten().map(|(_, schema)| schema);
    let others = schema
        .get("additionalProperties")
        .filter(|_| named.is_none());
    named.into_iter().chain(patterns).chain(others).collect()
}

fn of_item(schema: &Value, index: usize) -> Vec<&Value> {
    let by_place = schema.get("prefixItems").and_then(|items| items.get(index));
    by_place.into_iter().chain(schema.get("items")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "properties": {
                "one": {"$ref": "#/$defs/Name"},
                "many": {"items": {"$ref": "#/$defs/Name"}},
                "by": {"additionalProperties": {"$ref": "#/$defs/Name"}},
                "either": {"oneOf": [{"properties": {"a": {"type": "string"}}},
                    {"properties": {"b": {"allOf": [{"$ref": "#/$defs/Name"}]}}}]},
                "upstreams": {"additionalProperties": {"type": "string"}},
                "itself": {"$ref": "#/$defs/Loop"},
                "nothing": true,
            },
            "$defs": {
                "Name": {"type": "string", "x-hachure-upstream": true},
                "Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"$ref": "#/$defs/Loop"}]},
            },
        })
    }

    #[test]
    fn names_are_found_wherever_the_schema_marks_them() {
        let config = json!({
            "one": "a", "many": ["b", "c"], "by": {"x": "d"}, "either": {"a": "e", "b": "f"},
            "upstreams": {"a": "cluster"}, "itself": "g", "nothing": "h", "unknown": "i",
        });
        let found = named_upstreams(&schema(), &config);
        let found: Vec<_> = found
            .iter()
            .map(|at| (at.path.as_str(), at.name.as_str()))
            .collect();
        let expected = [
            ("by.x", "d"),
            ("either.b", "f"),
            ("many[0]", "b"),
            ("many[1]", "c"),
            ("one", "a"),
        ];
        assert_eq!(found, expected);
        assert!(takes_upstreams(&schema()));
        assert!(!takes_upstreams(&json!({"properties": {}})));
    }
}
