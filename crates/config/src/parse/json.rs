//! JSON text (RFC 8259) to a [`Tree`].
//!
//! A module reads its config with this: it keeps numbers as they are written and finds keys that
//! are there twice, at a quarter of the size of a general parser.

use super::tree::Tree;

/// Lists and objects in one another; more is nobody's config.
const MAX_DEPTH: usize = 64;

/// Why a text is no JSON: what was expected, and the byte where it was not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) expected: String,
    pub(super) at: usize,
}

/// Reads a text that is one JSON value.
pub(super) fn read(text: &str) -> Result<Tree, Refused> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        lenient: false,
    };
    let tree = reader.value()?;
    reader.blanks();
    match reader.peek() {
        None => Ok(tree),
        Some(_) => reader.refuse("nothing after the JSON value"),
    }
}

/// Reads the value at the end of `path`, through members by their names and elements by their
/// numbers. Of members with one name the first counts, and what follows the value is not read.
pub(super) fn find<'p>(text: &str, path: impl IntoIterator<Item = &'p str>) -> Option<Tree> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        lenient: true,
    };
    for name in path {
        reader.enter(name)?;
    }
    reader.value().ok()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// Whether an object may have a key twice: looking for it takes the square of their number.
    lenient: bool,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Result<Tree, Refused> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(Tree::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.eat("null") => Ok(Tree::Null),
            _ if self.eat("true") => Ok(Tree::Bool(true)),
            _ if self.eat("false") => Ok(Tree::Bool(false)),
            _ => self.refuse("a JSON value"),
        }
    }

    /// Goes to the value of a member, or of an element, of what begins here.
    fn enter(&mut self, name: &str) -> Option<()> {
        self.blanks();
        let (end, is_object) = match self.peek()? {
            b'{' => (b'}', true),
            b'[' => (b']', false),
            _ => return None,
        };
        self.skip(1);
        let mut index = 0_usize;
        while !self.ends(end, index == 0).ok()? {
            self.blanks();
            let found = if is_object {
                let key = (self.peek() == Some(b'"')).then(|| self.string().ok())??;
                self.blanks();
                self.eat(":").then_some(key == name)?
            } else {
                // No sign and no zero in front: each element has one number (RFC 6901, 4).
                index.to_string() == name
            };
            if found {
                return Some(());
            }
            self.value().ok()?;
            index = index.saturating_add(1);
        }
        None
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Tree, Refused>) -> Result<Tree, Refused> {
        if self.depth == MAX_DEPTH {
            return self.refuse(format!(
                "at most {MAX_DEPTH} lists and objects in one another"
            ));
        }
        self.skip(1);
        self.depth = self.depth.saturating_add(1);
        let tree = read(self)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(tree)
    }

    fn list(&mut self) -> Result<Tree, Refused> {
        let mut list = vec![];
        while !self.ends(b']', list.is_empty())? {
            list.push(self.value()?);
        }
        Ok(Tree::List(list))
    }

    fn object(&mut self) -> Result<Tree, Refused> {
        let mut object: Vec<(String, Tree)> = vec![];
        while !self.ends(b'}', object.is_empty())? {
            self.blanks();
            if self.peek() != Some(b'"') {
                return self.refuse("a key in quotes");
            }
            let start = self.at;
            let key = self.string()?;
            if !self.lenient && object.iter().any(|(known, _)| *known == key) {
                self.at = start;
                return self.refuse(format!("the key `{key}` once"));
            }
            self.blanks();
            if !self.eat(":") {
                return self.refuse("a colon");
            }
            let value = self.value()?;
            object.push((key, value));
        }
        Ok(Tree::Object(object))
    }

    /// Whether the list or object ends here; otherwise the comma before the next element is read.
    fn ends(&mut self, end: u8, first: bool) -> Result<bool, Refused> {
        self.blanks();
        if self.peek() == Some(end) {
            self.skip(1);
            return Ok(true);
        }
        if first || self.eat(",") {
            return Ok(false);
        }
        self.refuse(if end == b']' {
            "a comma or ]"
        } else {
            "a comma or }"
        })
    }

    fn number(&mut self) -> Result<Tree, Refused> {
        let start = self.at;
        self.eat("-");
        if !self.eat("0") && self.digits() == 0 {
            return self.refuse("a digit");
        }
        if self.eat(".") && self.digits() == 0 {
            return self.refuse("a digit");
        }
        if self.eat("e") || self.eat("E") {
            let _sign = self.eat("+") || self.eat("-");
            if self.digits() == 0 {
                return self.refuse("a digit");
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(Tree::Number(text.to_owned()))
    }

    fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.skip(count);
        count
    }

    fn string(&mut self) -> Result<String, Refused> {
        self.skip(1);
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1f'));
            let Some(plain) = plain else {
                self.at = self.text.len();
                return self.refuse("a quote that ends the string");
            };
            string.push_str(rest.get(..plain).unwrap_or_default());
            self.skip(plain);
            match self.peek() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.skip(1);
                    string.push(self.escape()?);
                }
                _ => return self.refuse("an escape in place of the control character"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Refused> {
        let Some(letter) = self.peek() else {
            return self.refuse("an escape");
        };
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.refuse("an escape"),
        };
        self.skip(1);
        Ok(plain)
    }

    /// `u00e9`, or two of them that are a surrogate pair with `\` between.
    fn unicode(&mut self) -> Result<char, Refused> {
        let start = self.at;
        let units = [self.unit(), None];
        let units = match units {
            [Some(high @ 0xd800..=0xdbff), _] if self.eat("\\") => [Some(high), self.unit()],
            other => other,
        };
        let decoded = char::decode_utf16(units.into_iter().flatten()).next();
        match decoded {
            Some(Ok(decoded)) => Ok(decoded),
            _ => {
                self.at = start;
                self.refuse("a Unicode escape")
            }
        }
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.rest().strip_prefix('u')?.get(..4)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.skip(5);
        u16::from_str_radix(digits, 16).ok()
    }

    fn blanks(&mut self) {
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let count = self.rest().bytes().take_while(blank).count();
        self.skip(count);
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.skip(word.len());
        }
        there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn refuse<T>(&self, expected: impl Into<String>) -> Result<T, Refused> {
        Err(Refused {
            expected: expected.into(),
            at: self.at.min(self.text.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn refused(text: &str) -> (String, usize) {
        let refused = read(text).unwrap_err();
        (refused.expected, refused.at)
    }

    #[test]
    fn says_what_was_expected_where() {
        for (text, expected, at) in [
            ("", "a JSON value", 0),
            ("{a: 1}", "a key in quotes", 1),
            ("{\"a\" 1}", "a colon", 5),
            ("{\"a\": 1,}", "a key in quotes", 8),
            ("{\"a\": 1, \"a\": 2}", "the key `a` once", 9),
            ("[1 2]", "a comma or ]", 3),
            ("[1,]", "a JSON value", 3),
            ("[] x", "nothing after the JSON value", 3),
            ("\"a", "a quote that ends the string", 2),
            ("\"a\n\"", "an escape in place of the control character", 2),
            ("\"\\ud800\"", "a Unicode escape", 2),
            ("-", "a digit", 1),
            ("01", "nothing after the JSON value", 1),
        ] {
            assert_eq!(refused(text), (expected.to_owned(), at), "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1);
        assert_eq!(refused(&deep).1, MAX_DEPTH);
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(read(&deep).is_ok());
    }

    /// Texts from a grammar that is near JSON's, some of them valid.
    fn near_json(seed: u64) -> String {
        const WORDS: [&str; 29] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u00e9\\n\"",
            "\"\\ud83d\\ude00\"",
            "\"\\udc00\"",
            "1",
            "-1",
            "1.5e3",
            "-2E-7",
            "01",
            "1.",
            ".5",
            "null",
            "true",
            "false",
            " ",
            "\n",
            "\u{a0}",
            "\"é\"",
            "\"\\x\"",
            "nul",
            "{\"a\":1}",
            "[2]",
        ];
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        let length = next() % 9;
        (0..length)
            .filter_map(|_| WORDS.get(next() & 31))
            .copied()
            .collect()
    }

    #[test]
    fn agrees_with_serde_json() {
        let mut valid = 0;
        for seed in 0..200_000 {
            let text = near_json(seed);
            match (read(&text), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), Ok(theirs)) => {
                    valid += 1;
                    let ours: Value =
                        super::super::typed(&ours, &|text| serde_json::from_str(text).ok())
                            .unwrap();
                    assert_eq!(ours, theirs, "{text}");
                }
                (Err(_), Err(_)) => {}
                (Err(refused), Ok(_)) => {
                    assert!(
                        refused.expected.ends_with("` once"),
                        "{text}: {}",
                        refused.expected
                    );
                }
                // Ours keeps a number as it is written.
                (Ok(_), Err(error)) => assert!(error.to_string().contains("range"), "{text}"),
            }
        }
        assert!(valid > 5_000, "{valid} texts were valid");
    }
}
