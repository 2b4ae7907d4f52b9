//! Problem documents (RFC 9457), written out by hand: a JSON library would be a tenth of a module.

use hachure_config::quoted;

/// The value of a member of a problem document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// A whole number.
    Number(u64),
}

impl From<&str> for Member {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<&str>> for Member {
    fn from(texts: Vec<&str>) -> Self {
        Self::List(texts.into_iter().map(str::to_owned).collect())
    }
}

impl From<u64> for Member {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// A JSON object in the making.
pub(crate) struct Document(String);

impl Document {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(crate) fn member(&mut self, name: &str, value: &Member) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        match value {
            Member::Text(text) => self.0.push_str(&quoted(text)),
            Member::List(texts) => {
                self.0.push('[');
                for (i, text) in texts.iter().enumerate() {
                    if i > 0 {
                        self.0.push(',');
                    }
                    self.0.push_str(&quoted(text));
                }
                self.0.push(']');
            }
            Member::Number(number) => self.0.push_str(&number.to_string()),
        }
    }

    /// The object on a line of its own.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.push_str("}\n");
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_members_in_order_and_escapes_texts() {
        let mut document = Document::new();
        document.member("type", &"https://a/b#c".into());
        document.member("status", &410.into());
        document.member("detail", &"a \"b\" \\ \n\x1f é".into());
        document.member("list", &vec!["x", "y"].into());
        document.member("none", &Member::List(vec![]));
        assert_eq!(
            String::from_utf8(document.finish()).unwrap(),
            concat!(
                r#"{"type":"https://a/b#c","status":410,"detail":"a \"b\" \\ \n\u001f é","#,
                r#""list":["x","y"],"none":[]}"#,
                "\n"
            )
        );
    }
}
