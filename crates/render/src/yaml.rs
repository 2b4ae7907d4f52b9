//! YAML as people write it: blocks, the telling keys first, comments where they belong, and quotes
//! only where a reader, kubectl's YAML 1.1 among them, would take a text for something else.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Comments by the path of what they stand above, as `spec.wasm[0].config`.
pub type Comments = BTreeMap<String, String>;

/// Keys that come before all others, in this order; the others follow by name.
const FIRST: [&str; 16] = [
    "@type",
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "rootID",
    "root_id",
    "group",
    "type",
    "op",
    "path",
    "tag_name",
    "admin",
    "match",
    "targetRefs",
];

/// How wide a comment may be.
const WIDTH: usize = 100;

/// The text of one document.
pub fn write(value: &Value, comments: &Comments) -> String {
    let mut writer = Writer {
        out: String::new(),
        comments,
    };
    match value {
        Value::Object(members) if !members.is_empty() => writer.members(members, "", 0),
        Value::Array(items) if !items.is_empty() => writer.items(items, "", 0),
        scalar => {
            writer.scalar(scalar, 2);
            writer.out.push('\n');
        }
    }
    writer.out
}

/// Lines of `# …`, broken between words.
pub fn comment(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = String::new();
    for paragraph in text.lines() {
        let mut line = format!("{margin}#");
        // What continues a point of a list stands under its text.
        let hanging = if paragraph.starts_with("- ") {
            "  "
        } else {
            ""
        };
        for word in paragraph.split(' ') {
            let is_full = line.len().saturating_add(word.len()) >= WIDTH;
            if is_full && line.len() > indent.saturating_add(1) {
                lines.push_str(&line);
                lines.push('\n');
                line = format!("{margin}#");
                line.push_str(hanging);
            }
            line.push(' ');
            line.push_str(word);
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

struct Writer<'c> {
    out: String,
    comments: &'c Comments,
}

impl Writer<'_> {
    fn members(&mut self, members: &Map<String, Value>, path: &str, indent: usize) {
        let mut ordered: Vec<_> = members.iter().collect();
        ordered.sort_by_key(|(key, _)| (rank(key), *key));
        for (place, (key, value)) in ordered.into_iter().enumerate() {
            let path = match path {
                "" => key.clone(),
                path => format!("{path}.{key}"),
            };
            // The first one of a list's element stands beside the dash.
            if place > 0 || !self.out.ends_with("- ") {
                self.comment(&path, indent);
                self.out.push_str(&" ".repeat(indent));
            }
            self.out.push_str(&key_text(key));
            self.out.push(':');
            self.value(value, &path, indent, indent.saturating_add(2));
        }
    }

    fn items(&mut self, items: &[Value], path: &str, indent: usize) {
        for (i, item) in items.iter().enumerate() {
            let path = format!("{path}[{i}]");
            self.comment(&path, indent);
            self.out.push_str(&" ".repeat(indent));
            let inside = indent.saturating_add(2);
            match item {
                Value::Object(members) if !members.is_empty() => {
                    self.out.push_str("- ");
                    self.members(members, &path, inside);
                }
                _ => {
                    self.out.push('-');
                    self.value(item, &path, inside, inside);
                }
            }
        }
    }

    /// What stands behind `key:` or `-`.
    fn value(&mut self, value: &Value, path: &str, indent: usize, inside: usize) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.out.push('\n');
                self.members(members, path, inside);
            }
            Value::Array(items) if !items.is_empty() => {
                self.out.push('\n');
                self.items(items, path, inside);
            }
            scalar => {
                self.out.push(' ');
                self.scalar(scalar, indent.saturating_add(2));
                self.out.push('\n');
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) if is_block(text) => self.block(text, indent),
            Value::String(text) if is_plain(text) => self.out.push_str(text),
            Value::String(text) => self.out.push_str(&quoted(text)),
            // JSON's numbers, `{}` and `[]` are YAML's.
            other => self.out.push_str(&other.to_string()),
        }
    }

    /// A text of several lines as it is.
    fn block(&mut self, text: &str, indent: usize) {
        self.out
            .push_str(if text.ends_with('\n') { "|" } else { "|-" });
        for line in text.lines() {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str(line);
            }
        }
    }

    fn comment(&mut self, path: &str, indent: usize) {
        if let Some(text) = self.comments.get(path) {
            self.out.push_str(&comment(text, indent));
        }
    }
}

fn rank(key: &str) -> usize {
    let place = FIRST.iter().position(|first| *first == key);
    place.unwrap_or(FIRST.len())
}

fn key_text(key: &str) -> String {
    match is_plain(key) && !key.contains(' ') {
        true => key.to_owned(),
        false => quoted(key),
    }
}

/// A text between double quotes, with escapes for whatever YAML or a terminal would not show.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text without quotes is this very text to every reader.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
    ];
    let lower = text.to_ascii_lowercase();
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let inside = |c: char| c.is_ascii_alphanumeric() || " -_./:+=(),".contains(c);
    starts
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&lower.as_str())
}

/// Whether a text can stand as lines of a block: it has several, and nothing that only quotes keep.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !body.ends_with('\n')
        && !text.starts_with([' ', '\n'])
        && text.chars().all(|c| c == '\n' || (' '..='~').contains(&c))
        && !body.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[ -~\n\t]{0,12}",
            "(y|no|on|True|null|~|1.0|0x1f|1_000|2001-01-01|a: b|a #b|- a|1:20|é)",
            any::<String>(),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_was_meant(value in any_value()) {
            // A document is an object.
            let value = json!({"value": value});
            let text = write(&value, &Comments::new());
            let read = hachure_yaml::parse(&text);
            prop_assert_eq!(read.map(|document| document.value).map_err(|why| format!("{why}: {text}")), Ok(value));
        }
    }

    #[test]
    fn it_looks_as_people_write_it() {
        let value = json!({
            "spec": {"list": [{"config": {"a": [], "on": "y"}, "name": "x"}, "plain text", [1, 2]]},
            "kind": "Thing",
            "text": "one\n  two\n",
        });
        let comments = Comments::from([
            ("spec.list[0]".to_owned(), "The first.".to_owned()),
            ("spec.list[0].config".to_owned(), "Its config.".to_owned()),
        ]);
        let expected = "\
kind: Thing
spec:
  list:
    # The first.
    - name: x
      # Its config.
      config:
        a: []
        \"on\": \"y\"
    - plain text
    -
      - 1
      - 2
text: |
  one
    two
";
        assert_eq!(write(&value, &comments), expected);
    }

    #[test]
    fn long_comments_are_broken_between_words() {
        let text = comment(&format!("- {}", "word ".repeat(30)), 2);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  # - word") && lines[1].starts_with("  #   word"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
    }
}
