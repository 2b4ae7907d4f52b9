//! A place in a document that was read, with the value there.

use hachure_config::ConfigError;
use hachure_yaml::{Document, Position};
use serde_json::Value;

/// One value of a document, that knows its file and its path.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'i> {
    /// The file's name.
    pub(crate) file: &'i str,
    /// The value here.
    pub(crate) value: &'i Value,
    /// The way from the root, as `spec.wasm[0].config`; empty for the root.
    pub(crate) path: String,
    document: &'i Document,
}

impl<'i> Cursor<'i> {
    /// The whole document.
    pub(crate) fn root(file: &'i str, document: &'i Document) -> Self {
        Self {
            file,
            value: &document.value,
            path: String::new(),
            document,
        }
    }

    /// The member `key` of the mapping here.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.value
            .get(key)
            .map(|value| self.at(value, join(&self.path, key)))
    }

    /// The member that has the first of `keys` that is there: one name in two spellings.
    pub(crate) fn get_any(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Whether the mapping here has the member `key`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// The members of the mapping here.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'i str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), self.at(value, join(&self.path, key))))
    }

    /// The elements of the list here.
    pub(crate) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten();
        items
            .enumerate()
            .map(|(i, value)| self.at(value, format!("{}[{i}]", self.path)))
    }

    /// The elements of the list `key` of the mapping here; nothing where there is none.
    pub(crate) fn list(&self, key: &str) -> Vec<Self> {
        self.get(key)
            .map(|list| list.items().collect())
            .unwrap_or_default()
    }

    /// The string `key` of the mapping here.
    pub(crate) fn text(&self, key: &str) -> Option<&'i str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// Where the value here starts.
    pub(crate) fn position(&self) -> Position {
        self.document.nearest(&self.path).value.position
    }

    /// Where an error below this place is to be shown: at the key of a field that should not be
    /// there, at what stands around a field that is missing.
    pub(crate) fn position_of(&self, error: &ConfigError) -> Position {
        let path = join(&self.path, &error.path);
        let place = self.document.nearest(&path);
        match place.key {
            Some(key) if error.found.starts_with("unknown field") => key.position,
            _ => place.value.position,
        }
    }

    /// What an author should know about the text behind an error: a scalar or a key without
    /// quotes that became something else than a string.
    pub(crate) fn misread(&self, error: &ConfigError) -> Option<String> {
        let path = join(&self.path, &error.path);
        let place = self.document.place(&path)?;
        let key = place
            .key
            .and_then(|key| key.scalar.as_ref())
            .filter(|key| key.plain);
        if let Some(key) = key.filter(|key| !path.ends_with(&key.text)) {
            return Some(format!("the key `{0}` needs quotes: \"{0}\"", key.text));
        }
        let scalar = place.value.scalar.as_ref().filter(|scalar| scalar.plain)?;
        let text = scalar.text.as_str();
        let kinds = [
            ("boolean", "a boolean"),
            ("integer", "a number"),
            ("floating", "a number"),
        ];
        let (_, kind) = kinds
            .into_iter()
            .find(|(word, _)| error.found.starts_with(word))?;
        if error.expected.contains("in quotes") {
            // The error has said why; all that is left to say is what the author wrote.
            let same = error.found.contains(&format!("`{text}`"));
            return (!same).then(|| format!("the file says `{text}`"));
        }
        let read = format!("YAML reads `{text}` without quotes as {kind}");
        if error.expected.contains("string") {
            return Some(format!("{read}: write \"{text}\""));
        }
        (kind == "a boolean" && !matches!(text, "true" | "false")).then_some(read)
    }

    fn at(&self, value: &'i Value, path: String) -> Self {
        Self {
            value,
            path,
            ..*self
        }
    }
}

/// A path and what follows below it.
pub(crate) fn join(path: &str, below: &str) -> String {
    match (path, below) {
        ("", below) => below.to_owned(),
        (path, "") => path.to_owned(),
        (path, below) if below.starts_with('[') => format!("{path}{below}"),
        (path, below) => format!("{path}.{below}"),
    }
}
