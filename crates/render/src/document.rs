//! A document with what is to be said of it.

use serde_json::Value;

use crate::yaml::{self, Comments};

/// One YAML document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What stands above it, a paragraph a line.
    pub head: String,
    /// What it holds.
    pub value: Value,
    /// What stands above its parts.
    pub comments: Comments,
}

impl Document {
    /// A document without comments.
    pub fn of(value: Value) -> Self {
        Self {
            head: String::new(),
            value,
            comments: Comments::new(),
        }
    }

    /// Adds paragraphs above it.
    pub fn say(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.head.push_str(text.trim_end());
            self.head.push('\n');
        }
        self
    }

    /// Adds a comment above the part at a path.
    pub fn note(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.comments.insert(path.into(), text.into());
        self
    }
}

/// The documents as one text.
pub fn text(documents: &[Document]) -> String {
    let texts = documents.iter().map(|document| {
        let body = yaml::write(&document.value, &document.comments);
        match document.head.is_empty() {
            true => body,
            false => format!("{}\n{body}", yaml::comment(&document.head, 0)),
        }
    });
    texts.collect::<Vec<_>>().join("---\n")
}
