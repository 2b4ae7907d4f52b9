//! A config's fields as a table, from its JSON Schema.

use serde_json::Value;

use super::markdown::{head, row};

/// One field of a config.
struct Field {
    path: String,
    kind: String,
    default: String,
    description: String,
}

/// The table of every field, nested ones by their path: `rules[].when.method`.
pub(super) fn table(schema: &Value) -> String {
    let mut fields = vec![];
    Walk {
        root: schema,
        fields: &mut fields,
    }
    .object(schema, "", &mut vec![]);
    let mut out = head(&["field", "type", "default", "meaning"]);
    for field in fields {
        let path = format!("`{}`", field.path);
        out += &row(&[&path, &field.kind, &field.default, &field.description]);
    }
    out
}

struct Walk<'a> {
    root: &'a Value,
    fields: &'a mut Vec<Field>,
}

impl<'a> Walk<'a> {
    /// Adds the fields of an object. `open` holds the definitions that are being walked: a type
    /// that holds itself is listed once.
    fn object(&mut self, schema: &'a Value, prefix: &str, open: &mut Vec<&'a str>) {
        let required = list(schema, "required");
        let Some(properties) = schema["properties"].as_object() else {
            return;
        };
        for (name, property) in properties {
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            let required = required.iter().any(|r| r == name);
            // A variant that holds one value: the words about it stand at the variant.
            let variant = (properties.len() == 1).then(|| &schema["description"]);
            let fallback = variant.and_then(Value::as_str).unwrap_or_default();
            self.field(path, property, (required, fallback), open);
        }
    }

    fn field(
        &mut self,
        path: String,
        schema: &'a Value,
        (required, fallback): (bool, &str),
        open: &mut Vec<&'a str>,
    ) {
        let default = match (&schema["default"], required) {
            (_, true) => "required".to_owned(),
            (Value::Null, false) => String::new(),
            (value, false) => format!("`{value}`"),
        };
        let (_, resolved) = self.resolve(schema);
        let described = [schema, resolved]
            .into_iter()
            .find_map(|s| s["description"].as_str());
        self.fields.push(Field {
            kind: self.kind(schema),
            default,
            description: described.unwrap_or(fallback).to_owned(),
            path: path.clone(),
        });
        self.inside(&path, schema, open);
    }

    /// Walks into what a field holds: an object, a list's items, an enum's variants with fields.
    fn inside(&mut self, path: &str, schema: &'a Value, open: &mut Vec<&'a str>) {
        let (name, resolved) = self.resolve(schema);
        if let Some(name) = name {
            if open.contains(&name) {
                return;
            }
            open.push(name);
        }
        self.object(resolved, path, open);
        if resolved["items"].is_object() {
            self.inside(&format!("{path}[]"), &resolved["items"], open);
        }
        for key in ["oneOf", "anyOf"] {
            for variant in resolved[key].as_array().into_iter().flatten() {
                self.inside(path, variant, open);
            }
        }
        if resolved["additionalProperties"].is_object() {
            self.inside(
                &format!("{path}.*"),
                &resolved["additionalProperties"],
                open,
            );
        }
        if name.is_some() {
            open.pop();
        }
    }

    fn resolve(&self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        let Some(reference) = schema["$ref"].as_str() else {
            return (None, schema);
        };
        let name = reference.trim_start_matches("#/$defs/");
        (Some(name), &self.root["$defs"][name])
    }

    fn kind(&self, schema: &'a Value) -> String {
        let (_, resolved) = self.resolve(schema);
        let variants = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| resolved[key].as_array());
        if let Some(variants) = variants {
            return self.any_of(variants);
        }
        if let Some(values) = resolved["enum"].as_array() {
            return either(values.iter().map(|v| format!("`{}`", plain(v))).collect());
        }
        if let Some(value) = resolved.get("const") {
            return format!("`{}`", plain(value));
        }
        match &resolved["type"] {
            Value::String(kind) if kind == "array" => {
                format!("list of {}", self.kind(&resolved["items"]))
            }
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => {
                either(kinds.iter().map(plain).filter(|k| k != "null").collect())
            }
            _ => "any".to_owned(),
        }
    }

    fn any_of(&self, variants: &'a [Value]) -> String {
        let kinds = variants
            .iter()
            .filter(|v| v["type"] != "null")
            .map(|variant| match list(variant, "required").as_slice() {
                [only] if variant["properties"][only]["const"].is_null() => format!("`{{{only}}}`"),
                _ => self.kind(variant),
            });
        either(kinds.collect())
    }
}

fn either(mut kinds: Vec<String>) -> String {
    kinds.dedup();
    kinds.join(" or ")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn list(schema: &Value, key: &str) -> Vec<String> {
    let values = schema[key].as_array().into_iter().flatten();
    values
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_fields_stand_under_their_path() {
        let schema = json!({
            "type": "object",
            "required": ["rules"],
            "properties": {
                "mode": {"$ref": "#/$defs/Mode", "default": "enforce"},
                "rules": {"type": "array", "items": {"$ref": "#/$defs/Rule"}, "description": "Rules."},
            },
            "$defs": {
                "Mode": {"oneOf": [{"const": "enforce"}, {"const": "shadow"}], "description": "How."},
                "Rule": {"type": "object", "properties": {
                    "name": {"type": ["string", "null"]},
                    "inner": {"$ref": "#/$defs/Rule"},
                    "to": {"oneOf": [{"type": "object", "description": "By name.",
                                      "properties": {"name": {"type": "string"}}}]},
                }},
            },
        });
        let expected = "| field | type | default | meaning |\n| --- | --- | --- | --- |\n\
            | `mode` | `enforce` or `shadow` | `\"enforce\"` | How. |\n\
            | `rules` | list of object | required | Rules. |\n\
            | `rules[].inner` | object |  |  |\n\
            | `rules[].name` | string |  |  |\n\
            | `rules[].to` | object |  |  |\n\
            | `rules[].to.name` | string |  | By name. |\n";
        assert_eq!(table(&schema), expected);
    }
}
