//! What YAML 1.1 and YAML 1.2 read in two ways, both without an error.
//!
//! `kubectl` follows 1.1 and our parser 1.2, so these are refused; each has a plain way to say
//! the same. The cases come from comparing both on some hundred thousand mutated texts.

use std::str::Chars;

use saphyr_parser::{Event, ScalarStyle, Span};

/// The text, walked once beside the events, which come in its order.
pub(crate) struct Source<'t> {
    rest: Chars<'t>,
    /// The number of the character at which `rest` starts.
    index: usize,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            rest: text.chars(),
            index: 0,
        }
    }

    /// Says why a node is ambiguous, if it is.
    pub(crate) fn check(
        &mut self,
        event: &Event<'_>,
        span: &Span,
        is_root: bool,
    ) -> Result<(), &'static str> {
        match event {
            Event::Alias(_) => check_properties(self.text_at(span.start.index())),
            Event::Scalar(text, style, anchor, tag) => {
                let has_properties = *anchor != 0 || tag.is_some();
                if has_properties {
                    check_properties(self.text_at(span.start.index()))?;
                }
                match style {
                    ScalarStyle::Literal | ScalarStyle::Folded if is_root => {
                        Err("a block scalar cannot be the whole document")
                    }
                    ScalarStyle::Plain if text.starts_with('?') => {
                        Err("a scalar that starts with `?` needs quotes")
                    }
                    ScalarStyle::Plain if has_properties && text.starts_with(':') => {
                        Err("a scalar that starts with `:` needs quotes behind a tag or an anchor")
                    }
                    ScalarStyle::Plain if self.is_glued_key(span.end.index()) => {
                        Err("the colon behind this key needs a space after it")
                    }
                    _ => Ok(()),
                }
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                if *anchor != 0 || tag.is_some() =>
            {
                check_properties(self.text_at(span.start.index()))
            }
            _ => Ok(()),
        }
    }

    /// `{a:}` has the key `a:` in 1.1, and the key `a` in 1.2.
    fn is_glued_key(&mut self, end: usize) -> bool {
        let behind = self.text_at(end).trim_start().strip_prefix(':');
        behind.is_some_and(|rest| rest.starts_with([',', '[', ']', '{', '}']))
    }

    fn text_at(&mut self, index: usize) -> &'t str {
        if let Some(last) = index
            .checked_sub(self.index)
            .and_then(|ahead| ahead.checked_sub(1))
        {
            self.rest.nth(last);
            self.index = index;
        }
        self.rest.as_str()
    }
}

/// Looks at the tag, the anchor or both in front of a node, or at an alias: names end at other
/// characters in 1.1 (`&a:b` is the anchor `a`) and tags at fewer (`!x,` goes on).
fn check_properties(text: &str) -> Result<(), &'static str> {
    let mut words = text
        .split_whitespace()
        .take_while(|word| word.starts_with(['!', '&', '*']));
    words.by_ref().take(2).try_for_each(|word| {
        let verbatim = word.strip_prefix("!<").and_then(|tag| tag.split_once('>'));
        let word = verbatim.map_or(word, |(_, behind)| behind);
        let is_name_character = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match word.strip_prefix(['&', '*']) {
            Some(name) if !ends_with_flow(name, is_name_character) => {
                Err("an anchor's name takes letters, digits, `-` and `_`, then a space")
            }
            None if word.contains([',', '[', ']', '{', '}']) => Err("a tag needs a space after it"),
            _ => Ok(()),
        }
    })
}

/// A name, and nothing behind it but what closes or separates: `*a]` and `*a,` are clear.
fn ends_with_flow(text: &str, is_name_character: impl Fn(char) -> bool) -> bool {
    let behind = text.trim_start_matches(is_name_character);
    behind.is_empty() || behind.starts_with([',', ']', '}'])
}
