//! One phase of one stream, as a policy sees it.

use crate::effects::apply;
use crate::{
    BodyPlan, Call, Contended, Counter, Effects, Fault, HeaderMap, HeaderOp, Invalid, LogLevel,
    Property, SignatureCheck, Source, UnixTime, shared,
};

/// The view of a phase, and the place where its effects are recorded.
///
/// Reads see what earlier filters and this policy have already changed. The header map is read
/// from the host at most once per phase, and only when a name asks for it.
pub struct Exchange<'a> {
    source: &'a mut dyn Source,
    effects: &'a mut Effects,
    headers: Option<HeaderMap>,
    end_of_stream: bool,
    headers_gone: bool,
    fault: bool,
}

impl<'a> Exchange<'a> {
    /// A phase that reads from `source` and records into `effects`.
    pub fn new(source: &'a mut dyn Source, effects: &'a mut Effects, end_of_stream: bool) -> Self {
        Self {
            source,
            effects,
            headers: None,
            end_of_stream,
            headers_gone: false,
            fault: false,
        }
    }

    /// Says, for the host, that this is a body phase whose headers have left: there is nothing to
    /// read or change.
    pub fn without_headers(&mut self) {
        self.headers_gone = true;
    }

    /// Whether the headers have left, so that reading or changing one is a fault.
    pub fn headers_gone(&self) -> bool {
        self.headers_gone
    }

    /// Whether the message ends with its headers: no body and no trailers follow.
    pub fn end_of_stream(&self) -> bool {
        self.end_of_stream
    }

    /// Whether a read failed. The host then fails closed, whatever the policy decided.
    pub fn faulted(&self) -> bool {
        self.fault
    }

    /// All headers of the phase.
    pub fn headers(&mut self) -> &HeaderMap {
        self.load();
        static NONE: HeaderMap = HeaderMap::new();
        self.headers.as_ref().unwrap_or(&NONE)
    }

    /// The value of a name that Envoy keeps unique: `:method`, `:path`, `:authority`, `:scheme`,
    /// `:status`; or whose repeated fields it joins with a comma when they arrive, as `origin`
    /// (tried on 1.40, HTTP/1 and HTTP/2). One cheap host call when the map has not been read.
    pub fn unique(&mut self, name: &'static str) -> Option<Vec<u8>> {
        if self.headers.is_none() && !self.effects.changes_headers() {
            let value = self.source.first_value(name);
            return self.known(value).flatten();
        }
        self.headers().values(name).next().map(<[u8]>::to_vec)
    }

    /// Whether a header is there. One cheap host call when the map has not been read.
    pub fn has(&mut self, name: &str) -> bool {
        if self.headers.is_none() && !self.effects.changes_headers() {
            let value = self.source.first_value(name);
            return self.known(value).flatten().is_some();
        }
        self.headers().contains(name)
    }

    /// `:status` of a response, as a number.
    pub fn status(&mut self) -> Option<u16> {
        let value = self.unique(":status")?;
        str::from_utf8(&value).ok()?.parse().ok()
    }

    /// A fact that is not a header.
    pub fn property(&mut self, property: Property<'_>) -> Option<Vec<u8>> {
        let value = self.source.property(property);
        self.known(value).flatten()
    }

    /// The wall clock.
    pub fn now(&mut self) -> UnixTime {
        let now = self.source.now();
        self.known(now).unwrap_or_default()
    }

    /// A value that all workers share.
    pub fn shared(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        let held = self.source.shared(key);
        self.known(held).flatten().map(|(value, _)| value)
    }

    /// Replaces a value that all workers share by what `decide` makes of it; `None` leaves it. It
    /// is asked again with the newer value as often as another was faster, and the last answer is
    /// the one that counts: it must keep nothing from one call to the next.
    pub fn update(
        &mut self,
        key: &[u8],
        mut decide: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<(), Contended> {
        let updated = shared::update(self.source, key, &mut decide);
        self.known(updated).unwrap_or(Err(Contended))
    }

    /// Whether the signature is that of the text, by the host's crypto, which is an order of
    /// magnitude faster than any in Wasm. `None` where the host cannot tell: then the policy does.
    pub fn verify_signature(&mut self, check: &SignatureCheck<'_>) -> Option<bool> {
        self.source.verify_signature(check)
    }

    /// Calls an upstream. With [`crate::Outcome::Wait`] the answer comes to
    /// [`crate::Policy::answered`] under this tag; without, nobody waits for it. A call that cannot
    /// be dispatched is answered by [`crate::Answer::Failed`].
    pub fn call(&mut self, tag: u16, call: &Call<'_>) {
        self.source.call(tag, call);
    }

    /// Makes `value` the only value of `name`.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Invalid> {
        self.change(HeaderOp::Set, name, value.as_ref())
    }

    /// Adds a value after those there are.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Invalid> {
        self.change(HeaderOp::Add, name, value.as_ref())
    }

    /// Removes every value of `name`. A name that no message can carry is none to remove.
    pub fn remove(&mut self, name: &str) {
        let _ = self.change(HeaderOp::Remove, name, b"");
    }

    /// Sets filter state `wasm.<key>`.
    pub fn set_state(&mut self, key: &'static str, value: impl AsRef<[u8]>) {
        self.effects.state(key, value.as_ref());
    }

    /// Asks in a header phase for the body of the message, up to `limit` bytes, before any of it
    /// goes on: it comes to the body phase, which may replace it. A message without a body has no
    /// body phase. Not in a phase that has waited ([`crate::Outcome::Wait`]), because Envoy may lose the
    /// body then, nor beside an outcome that waits: the host closes the stream.
    pub fn collect_body(&mut self, limit: usize) {
        self.effects.plan_body(BodyPlan { hold: true, limit });
    }

    /// Asks in a header phase for a copy of the body, up to `limit` bytes: the bytes go on at once,
    /// and the body phase comes when all of them have. It cannot replace them. Not beside an outcome
    /// that waits: the answer's phase may ask for it.
    pub fn observe_body(&mut self, limit: usize) {
        self.effects.plan_body(BodyPlan { hold: false, limit });
    }

    /// Holds the headers of this phase until the body phase has decided, which may then change
    /// them. Only beside [`Exchange::collect_body`], and only where the platform lets a body
    /// through while its headers wait (Envoy's `allow_on_headers_stop_iteration`): elsewhere the
    /// message would wait for ever.
    pub fn hold_headers(&mut self) {
        self.effects.hold_headers();
    }

    /// Puts `body` in the place of the one that was collected. Only in its body phase.
    pub fn replace_body(&mut self, body: Vec<u8>) {
        self.effects.replace_body(body);
    }

    /// Counts one.
    pub fn count(&mut self, counter: Counter) {
        self.effects.count(counter, 1);
    }

    /// Writes a log line. Never pass a token, a key or a client's header value.
    pub fn log(&mut self, level: LogLevel, text: &str) {
        self.effects.log(level, text);
    }

    fn change(&mut self, op: HeaderOp, name: &str, value: &[u8]) -> Result<(), Invalid> {
        self.effects.header(op, name, value)?;
        if let Some(headers) = &mut self.headers {
            apply(headers, op, name, value);
        }
        Ok(())
    }

    fn load(&mut self) {
        if self.headers.is_none() {
            let headers = self.source.headers();
            let mut headers = self.known(headers).unwrap_or_default();
            self.effects.apply_to(&mut headers);
            self.headers = Some(headers);
        }
    }

    fn known<T>(&mut self, read: Result<T, Fault>) -> Option<T> {
        self.fault |= read.is_err();
        read.ok()
    }
}
