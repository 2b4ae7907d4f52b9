//! Reading JSON text (RFC 8259) from its beginning to its end.

/// Lists and objects in one another; nobody's config and nobody's API has more.
pub const MAX_DEPTH: usize = 64;

/// Why a text is no JSON: what was expected, and the byte where it was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// In words.
    pub expected: &'static str,
    /// From the beginning of the text.
    pub at: usize,
}

/// Reads a text part by part. Whoever builds something of it says what comes next.
#[derive(Debug, Clone)]
pub struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// A reader at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// The byte that comes next, from the beginning of the text.
    pub fn position(&self) -> usize {
        self.at.min(self.text.len())
    }

    /// Skips a value, and returns its text.
    pub fn value(&mut self) -> Result<&'t str, Refused> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                self.open()?;
                let mut first = true;
                while !self.ends(b'}', first)? {
                    self.key()?;
                    self.value()?;
                    first = false;
                }
            }
            Some(b'[') => {
                self.open()?;
                let mut first = true;
                while !self.ends(b']', first)? {
                    self.value()?;
                    first = false;
                }
            }
            _ => {
                self.scalar()?;
            }
        }
        Ok(self.since(start))
    }

    /// Reads what is neither a list nor an object, and returns its text.
    pub fn scalar(&mut self) -> Result<&'t str, Refused> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(b'-' | b'0'..=b'9') => return self.number(),
            _ if self.eat("null") || self.eat("true") || self.eat("false") => {}
            _ => return self.refuse("a JSON value"),
        }
        Ok(self.since(start))
    }

    /// Enters the list or object that begins here, which [`Reader::ends`] leaves.
    pub fn open(&mut self) -> Result<(), Refused> {
        if self.depth == MAX_DEPTH {
            return self.refuse("at most 64 lists and objects in one another");
        }
        self.skip(1);
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    /// Whether the list or object ends here, with `end`; otherwise the comma before its next part
    /// is read.
    pub fn ends(&mut self, end: u8, first: bool) -> Result<bool, Refused> {
        self.blanks();
        if self.peek() == Some(end) {
            self.skip(1);
            self.depth = self.depth.saturating_sub(1);
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

    /// Reads a key and its colon, and returns the key's text, quotes included.
    pub fn key(&mut self) -> Result<&'t str, Refused> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return self.refuse("a key in quotes");
        }
        let key = self.string()?;
        self.blanks();
        if self.eat(":") {
            Ok(key)
        } else {
            self.refuse("a colon")
        }
    }

    /// That nothing but blanks follows.
    pub fn end(&mut self) -> Result<(), Refused> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => self.refuse("nothing after the JSON value"),
        }
    }

    /// The next byte.
    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips blanks.
    pub fn blanks(&mut self) {
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let count = self.rest().bytes().take_while(blank).count();
        self.skip(count);
    }

    fn string(&mut self) -> Result<&'t str, Refused> {
        let start = self.at;
        self.skip(1);
        loop {
            let ends = |b: u8| matches!(b, b'"' | b'\\' | 0..=0x1f);
            let Some(plain) = self.rest().bytes().position(ends) else {
                self.at = self.text.len();
                return self.refuse("a quote that ends the string");
            };
            self.skip(plain);
            match self.peek() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(self.since(start));
                }
                Some(b'\\') => {
                    self.skip(1);
                    self.escape()?;
                }
                _ => return self.refuse("an escape in place of the control character"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Refused> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.skip(1),
            Some(b'u') => {
                let after = self.at.saturating_add(1);
                let digits = self.text.as_bytes().get(after..after.saturating_add(4));
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.refuse("a Unicode escape");
                }
                self.skip(5);
            }
            _ => return self.refuse("an escape"),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'t str, Refused> {
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
        Ok(self.since(start))
    }

    fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.skip(count);
        count
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.skip(word.len());
        }
        there
    }

    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn refuse<T>(&self, expected: &'static str) -> Result<T, Refused> {
        Err(Refused {
            expected,
            at: self.position(),
        })
    }
}
