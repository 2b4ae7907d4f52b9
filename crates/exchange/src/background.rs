//! Work that belongs to no stream.

use crate::{Answer, Call, Contended, Counter, Effects, Fault, LogLevel, Source, UnixTime, shared};

/// What happens in the background, in each worker and on Envoy's main thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The first tick after the config: upstreams can be called from here on.
    Started,
    /// Time has passed: a second, or a 40th of one while streams wait.
    Tick,
    /// A call of the background has come to its end.
    Answered {
        /// The tag that the call was given.
        tag: u16,
        /// What came of it.
        answer: Answer,
    },
}

/// One event, and the place where its effects are recorded.
pub struct Background<'a> {
    source: &'a mut dyn Source,
    effects: &'a mut Effects,
    wake: bool,
}

impl<'a> Background<'a> {
    /// An event that reads from `source` and records into `effects`.
    pub fn new(source: &'a mut dyn Source, effects: &'a mut Effects) -> Self {
        Self {
            source,
            effects,
            wake: false,
        }
    }

    /// The wall clock; the epoch where the host does not tell it.
    pub fn now(&mut self) -> UnixTime {
        self.source.now().unwrap_or_default()
    }

    /// A value that all workers share.
    pub fn shared(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.source.shared(key)?.map(|(value, _)| value))
    }

    /// As [`crate::Exchange::update`]. A fault of the host is [`Contended`] here: either way the
    /// value is not written, and the next tick is another attempt.
    pub fn update(
        &mut self,
        key: &[u8],
        mut decide: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<(), Contended> {
        shared::update(self.source, key, &mut decide).unwrap_or(Err(Contended))
    }

    /// Calls an upstream; the answer is an [`Event::Answered`] of this tag. A call that cannot be
    /// dispatched ends as [`Answer::Failed`], at the next tick.
    pub fn call(&mut self, tag: u16, call: &Call<'_>) {
        self.source.call(tag, call);
    }

    /// 64 random bits, as for the jitter of a period; 0 where the host has none.
    pub fn random(&mut self) -> u64 {
        self.source.random().unwrap_or_default()
    }

    /// Counts one.
    pub fn count(&mut self, counter: Counter) {
        self.effects.count(counter, 1);
    }

    /// Writes a log line. Never pass a token, a key or what an upstream said.
    pub fn log(&mut self, level: LogLevel, text: &str) {
        self.effects.log(level, text);
    }

    /// What streams wait for is there: each is asked again ([`crate::Policy::resumed`]).
    pub fn wake(&mut self) {
        self.wake = true;
    }

    /// Whether [`Background::wake`] was called.
    pub fn woken(&self) -> bool {
        self.wake
    }
}
