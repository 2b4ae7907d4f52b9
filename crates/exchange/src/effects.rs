//! What a policy wants done, in the order in which it said so.

use crate::{BodyPlan, Counter, HeaderMap};

/// How loud a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// For a person who looks for the cause of one request.
    Debug,
    /// A state that an operator wants to know, once.
    Info,
    /// Something is wrong with the set-up, not with a request.
    Warn,
}

/// A change to the headers of the phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderOp {
    /// Makes the value the only one of its name.
    Set,
    /// Adds a value after those there are.
    Add,
    /// Removes every value of the name.
    Remove,
}

/// One thing that the host is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Change a header of this phase. `value` is empty for [`HeaderOp::Remove`].
    Header {
        /// Which change.
        op: HeaderOp,
        /// A name that is a token (RFC 9110, 5.6.2) or a pseudo-header.
        name: &'a str,
        /// A value without CR, LF and NUL.
        value: &'a [u8],
    },
    /// Set filter state `wasm.<key>`, which later filters and access logs read.
    State {
        /// The key without the `wasm.` prefix.
        key: &'static str,
        /// The value.
        value: &'a [u8],
    },
    /// Increment a counter.
    Count {
        /// Which one, from [`crate::Metrics`].
        counter: Counter,
        /// By how much.
        by: u32,
    },
    /// Write a log line. Never a token, a key or a header value of a client.
    Log {
        /// How loud.
        level: LogLevel,
        /// The line.
        text: &'a str,
    },
}

/// A name or value that must never reach the wire: it would split or corrupt the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// The name is not a token.
    Name,
    /// The value holds CR, LF or NUL (RFC 9110, 5.5).
    Value,
}

/// The effects of one phase. The buffers are reused from phase to phase.
///
/// Header names and values are checked here, whatever their source, because Envoy does not check
/// what Wasm sets.
#[derive(Debug, Default)]
pub struct Effects {
    /// Names and lines, apart from values: what is text stays known as text.
    texts: String,
    bytes: Vec<u8>,
    ops: Vec<Op>,
    header_ops: usize,
    body_plan: Option<BodyPlan>,
    headers_held: bool,
    new_body: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Header {
        op: HeaderOp,
        name: Span,
        value: Span,
    },
    State {
        key: &'static str,
        value: Span,
    },
    Count {
        counter: Counter,
        by: u32,
    },
    Log {
        level: LogLevel,
        text: Span,
    },
}

type Span = (usize, usize);

impl Effects {
    /// No effects.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all effects and keeps the buffers.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.bytes.clear();
        self.ops.clear();
        self.header_ops = 0;
        self.body_plan = None;
        self.headers_held = false;
        self.new_body = None;
    }

    /// Forgets the header changes: a local reply leaves nothing for them to change.
    pub fn drop_header_changes(&mut self) {
        self.ops.retain(|op| !matches!(op, Op::Header { .. }));
        self.header_ops = 0;
    }

    /// Whether a header change is among them.
    pub fn changes_headers(&self) -> bool {
        self.header_ops > 0
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Records a header change.
    pub fn header(&mut self, op: HeaderOp, name: &str, value: &[u8]) -> Result<(), Invalid> {
        check_name(name)?;
        check_value(value)?;
        let name = self.store_text(name);
        let value = self.store(value);
        self.ops.push(Op::Header { op, name, value });
        self.header_ops = self.header_ops.saturating_add(1);
        Ok(())
    }

    /// Records filter state.
    pub fn state(&mut self, key: &'static str, value: &[u8]) {
        let value = self.store(value);
        self.ops.push(Op::State { key, value });
    }

    /// Records a count.
    pub fn count(&mut self, counter: Counter, by: u32) {
        self.ops.push(Op::Count { counter, by });
    }

    /// Records a log line.
    pub fn log(&mut self, level: LogLevel, text: &str) {
        let text = self.store_text(text);
        self.ops.push(Op::Log { level, text });
    }

    /// Records what becomes of the message's body; the last word counts.
    pub fn plan_body(&mut self, plan: BodyPlan) {
        self.body_plan = Some(plan);
    }

    /// What a header phase wants of the message's body; none where it asked for nothing.
    pub fn body_plan(&self) -> Option<BodyPlan> {
        self.body_plan
    }

    /// Records that the headers wait for the body.
    pub fn hold_headers(&mut self) {
        self.headers_held = true;
    }

    /// Whether the headers wait for a body that is held.
    pub fn holds_headers(&self) -> bool {
        self.headers_held && self.body_plan.is_some_and(|plan| plan.hold)
    }

    /// Records the body that takes the place of the one that was collected.
    pub fn replace_body(&mut self, body: Vec<u8>) {
        self.new_body = Some(body);
    }

    /// Takes the body that takes the place of the one that was collected; none where it stays.
    pub fn take_new_body(&mut self) -> Option<Vec<u8>> {
        self.new_body.take()
    }

    /// The effects in order.
    pub fn iter(&self) -> impl Iterator<Item = Effect<'_>> {
        self.ops.iter().map(|op| match *op {
            Op::Header { op, name, value } => Effect::Header {
                op,
                name: self.text(name),
                value: self.at(value),
            },
            Op::State { key, value } => Effect::State {
                key,
                value: self.at(value),
            },
            Op::Count { counter, by } => Effect::Count { counter, by },
            Op::Log { level, text } => Effect::Log {
                level,
                text: self.text(text),
            },
        })
    }

    /// Makes the header changes on `headers`, as the host does on its own.
    pub fn apply_to(&self, headers: &mut HeaderMap) {
        for effect in self.iter() {
            if let Effect::Header { op, name, value } = effect {
                apply(headers, op, name, value);
            }
        }
    }

    fn store(&mut self, part: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        (start, self.bytes.len())
    }

    fn store_text(&mut self, part: &str) -> Span {
        let start = self.texts.len();
        self.texts.push_str(part);
        (start, self.texts.len())
    }

    fn at(&self, (start, end): Span) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn text(&self, (start, end): Span) -> &str {
        self.texts.get(start..end).unwrap_or_default()
    }
}

pub(crate) fn apply(headers: &mut HeaderMap, op: HeaderOp, name: &str, value: &[u8]) {
    match op {
        HeaderOp::Set => headers.set(name, value),
        HeaderOp::Add => headers.add(name, value),
        HeaderOp::Remove => headers.remove(name),
    }
}

/// A token of RFC 9110, 5.6.2, or one of the pseudo-headers, which begin with a colon.
pub(crate) fn check_name(name: &str) -> Result<(), Invalid> {
    let token = name.strip_prefix(':').unwrap_or(name);
    let mut bytes = token.bytes();
    let ok = !token.is_empty() && bytes.all(|b| TOKEN.get(usize::from(b)) == Some(&true));
    if ok { Ok(()) } else { Err(Invalid::Name) }
}

/// Which bytes are characters of a token. A table, because every header that is set passes through
/// here.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest = table.as_mut_slice();
    let mut byte = 0_u8;
    while let [first, others @ ..] = rest {
        *first = is_token_character(byte);
        byte = byte.wrapping_add(1);
        rest = others;
    }
    table
};

/// `tchar` of RFC 9110, 5.6.2.
const fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

pub(crate) fn check_value(value: &[u8]) -> Result<(), Invalid> {
    if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Invalid::Value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_splits_a_message_is_recorded() {
        let mut effects = Effects::new();
        for value in [&b"a\r\nb: c"[..], b"a\nb", b"a\0b", b"\r"] {
            assert_eq!(
                effects.header(HeaderOp::Set, "x", value),
                Err(Invalid::Value)
            );
        }
        for name in ["", ":", "a b", "a\n", "é", "a:b"] {
            assert_eq!(
                effects.header(HeaderOp::Add, name, b"v"),
                Err(Invalid::Name),
                "{name}"
            );
        }
        assert!(effects.is_empty());
        assert_eq!(effects.header(HeaderOp::Set, ":path", b"\xff"), Ok(()));
    }

    #[test]
    fn applies_in_order() {
        let mut effects = Effects::new();
        effects.header(HeaderOp::Set, "a", b"1").unwrap();
        effects.header(HeaderOp::Add, "a", b"2").unwrap();
        effects.header(HeaderOp::Remove, "b", b"").unwrap();
        let mut headers: HeaderMap = [("b", "x"), ("a", "0")].into_iter().collect();
        effects.apply_to(&mut headers);
        assert_eq!(headers, [("a", "1"), ("a", "2")].into_iter().collect());
    }
}
