//! From JSON text to nodes.
//!
//! `kubectl` reads JSON with a JSON reader. As YAML some JSON would fail: surrogate pairs in
//! escapes, a tab as indentation, a colon on the next line, a raw U+007F.

use std::rc::Rc;

use serde::de::IgnoredAny;

use crate::{
    Error, ErrorKind, Position,
    node::{Kind, Node, Text, deeper},
    number,
};

/// Reads a text that is one JSON object or array as a whole; `None` if it is not.
pub(crate) fn read(text: &str) -> Option<Result<Rc<Node>, Error>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    Some(
        Cursor {
            rest: text,
            position: Position::START,
        }
        .value(0),
    )
}

/// Walks over text that is known to be well-formed: it looks only at what tells tokens apart.
struct Cursor<'t> {
    rest: &'t str,
    position: Position,
}

impl<'t> Cursor<'t> {
    fn value(&mut self, depth: usize) -> Result<Rc<Node>, Error> {
        self.skip_space();
        let position = self.position;
        let kind = if self.skip('[') {
            self.list(deeper(position, depth)?)?
        } else if self.skip('{') {
            self.mapping(deeper(position, depth)?)?
        } else if self.rest.starts_with('"') {
            self.string()?
        } else {
            self.word()?
        };
        Node::new(position, kind)
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Error> {
        let mut items = Vec::new();
        while !self.skip_to(']') {
            items.push(self.value(depth)?);
            self.skip_to(',');
        }
        Ok(Kind::List(items))
    }

    fn mapping(&mut self, depth: usize) -> Result<Kind, Error> {
        let mut pairs = Vec::new();
        while !self.skip_to('}') {
            let key = self.value(depth)?;
            self.skip_to(':');
            let value = self.value(depth)?;
            pairs.push((key, value));
            self.skip_to(',');
        }
        Ok(Kind::Mapping(pairs))
    }

    fn string(&mut self) -> Result<Kind, Error> {
        let position = self.position;
        let mut escaped = false;
        let mut quotes = 0_u8;
        let token = self.take(|character| {
            let inside = quotes < 2;
            if character == '"' && !escaped {
                quotes = quotes.saturating_add(1);
            }
            escaped = character == '\\' && !escaped;
            inside
        });
        let text = serde_json::from_str(token).map_err(|_| {
            let kind = ErrorKind::Syntax("this string holds half of a surrogate pair".to_owned());
            Error::new(position, kind)
        })?;
        Ok(Kind::Scalar(Text {
            text,
            plain: false,
            tag: None,
        }))
    }

    /// A number, `true`, `false` or `null`: the same in YAML, but for numbers out of range, which
    /// YAML takes for strings.
    fn word(&mut self) -> Result<Kind, Error> {
        let position = self.position;
        let token =
            self.take(|character| !matches!(character, ',' | ']' | '}') && !is_space(character));
        let is_number = token.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if is_number && number::parse(token).is_none() {
            return Err(Error::new(position, ErrorKind::NotJson(token.to_owned())));
        }
        Ok(Kind::Scalar(Text {
            text: token.to_owned(),
            plain: true,
            tag: None,
        }))
    }

    /// Takes characters as long as `wanted` says so.
    fn take(&mut self, mut wanted: impl FnMut(char) -> bool) -> &'t str {
        let end = self
            .rest
            .find(|character| !wanted(character))
            .unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.position = token.chars().fold(self.position, Position::after);
        self.rest = rest;
        token
    }

    fn skip_space(&mut self) {
        self.take(is_space);
    }

    fn skip(&mut self, wanted: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else {
            return false;
        };
        self.position = self.position.after(wanted);
        self.rest = rest;
        true
    }

    fn skip_to(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.skip(wanted)
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Position, parse};

    #[test]
    fn reads_json_that_is_not_yaml() {
        let text = "{\n\t\"a\"\n:\t\"\\ud83d\\ude00\u{7f}\\\"\", \"<<\": [1, -2.5e0 , true,null, {}, []]}\n";
        let document = parse(text).unwrap();
        assert_eq!(
            document.value,
            json!({"a": "😀\u{7f}\"", "<<": [1, -2.5, true, null, {}, []]})
        );
        assert_eq!(
            document.position("a"),
            Some(Position { line: 3, column: 3 })
        );
        assert_eq!(
            document.position("<<[4]"),
            Some(Position {
                line: 3,
                column: 52
            })
        );
    }

    #[test]
    fn refuses_what_has_no_value() {
        assert_eq!(
            parse("{\"a\": 1e400}").unwrap_err().to_string(),
            "line 1, column 7: `1e400` cannot be represented in JSON; write it in quotes if it is a name"
        );
        assert_eq!(
            parse("[\"\\ud800\"]").unwrap_err().to_string(),
            "line 1, column 2: this string holds half of a surrogate pair"
        );
    }
}
