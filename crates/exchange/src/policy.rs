//! What a filter's decision code looks like.

use hachure_config::ConfigErrors;
use serde::de::DeserializeOwned;

use crate::{
    Answer, Background, Body, Capabilities, Event, Exchange, Reason, Reply, Setup, Touched,
    UnixTime,
};

/// A point in a stream's life at which a policy may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The request's headers have arrived; nothing has gone to the upstream.
    RequestHeaders,
    /// The request's body has arrived, as far as the policy asked for it.
    RequestBody,
    /// The response's headers have arrived, from the upstream or from a local reply.
    ResponseHeaders,
    /// The response's body has arrived, as far as the policy asked for it.
    ResponseBody,
}

impl Phase {
    /// Whether it is one of the message from the client.
    pub const fn is_of_request(self) -> bool {
        matches!(self, Phase::RequestHeaders | Phase::RequestBody)
    }

    /// Whether it is one of those in which a body has arrived.
    pub const fn is_of_body(self) -> bool {
        matches!(self, Phase::RequestBody | Phase::ResponseBody)
    }
}

/// What becomes of the message after a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It goes on, with the effects recorded.
    Continue,
    /// The filter answers. Header changes of this phase are dropped; all other effects hold.
    Reply(Reply),
    /// It is held until a call of this stream is answered ([`Policy::answered`]), which the call's
    /// timeout bounds. The effects hold. Without a call under way the host closes the stream.
    Wait,
    /// It is held until something fetched in the background is there, or until that time
    /// ([`Policy::resumed`]). The effects hold. Where too many streams wait already, the time is
    /// over at once.
    WaitUntil(UnixTime),
}

/// The decisions of one filter. Pure: the same config, events and answers give the same outcome.
pub trait Policy: Sized + 'static {
    /// The catalogue name: the folder under `filters/`, and the `rootID`.
    const NAME: &'static str;

    /// Every reason for which it refuses.
    const REASONS: &'static [Reason];

    /// The phases that it takes part in; the module exports no other callback.
    const PHASES: &'static [Phase];

    /// The keys of filter state that outlive an internal redirect: Envoy then runs the filters
    /// again with the headers as they were changed, and what was decided is found here. Other
    /// keys last for one run.
    const REQUEST_STATE: &'static [&'static str] = &[];

    /// What it asks of the host beyond headers.
    const CAPABILITIES: Capabilities = Capabilities::NONE;

    /// The config as it is written, unknown keys refused.
    type Config: DeserializeOwned;

    /// What one stream carries from phase to phase.
    type Stream: Default + 'static;

    /// Finds everything that can be wrong in a config.
    fn compile(config: Self::Config, setup: Setup<'_>) -> Result<Self, ConfigErrors>;

    /// What of a request it may change. One that does not say so may change everything.
    fn touches(&self) -> Touched {
        Touched::everything()
    }

    /// Whether it reads what Envoy's own filters say of who sends the request, and so has to stand
    /// behind them.
    fn reads_native_identity(&self) -> bool {
        false
    }

    /// The request's headers have arrived.
    fn request_headers(&self, _stream: &mut Self::Stream, _x: &mut Exchange<'_>) -> Outcome {
        Outcome::Continue
    }

    /// The request's body has arrived, once, where [`Policy::request_headers`] asked for it with
    /// [`Exchange::collect_body`] or [`Exchange::observe_body`]. The headers can be read and
    /// changed only if that phase held them ([`Exchange::hold_headers`]).
    fn request_body(
        &self,
        _stream: &mut Self::Stream,
        _body: Body<'_>,
        _x: &mut Exchange<'_>,
    ) -> Outcome {
        Outcome::Continue
    }

    /// The response's headers have arrived: the upstream's, another filter's local reply or this
    /// policy's own. It runs only if [`Policy::request_headers`] ran.
    fn response_headers(&self, _stream: &mut Self::Stream, _x: &mut Exchange<'_>) -> Outcome {
        Outcome::Continue
    }

    /// The response's body has arrived, as [`Policy::request_body`] says for the request's. A reply
    /// stands in for the response if its headers were held; once they have left, it breaks the
    /// stream off.
    fn response_body(
        &self,
        _stream: &mut Self::Stream,
        _body: Body<'_>,
        _x: &mut Exchange<'_>,
    ) -> Outcome {
        Outcome::Continue
    }

    /// A call of this stream has come to its end, in the phase that waits for it: `x` reads and
    /// changes the headers of that phase. Answers for which the stream no longer waits are dropped.
    fn answered(
        &self,
        _stream: &mut Self::Stream,
        _tag: u16,
        _answer: Answer,
        _x: &mut Exchange<'_>,
    ) -> Outcome {
        unexpected()
    }

    /// What the stream waited for may be there, or (`expired`) its time is over. In the phase that
    /// waits, as [`Policy::answered`].
    fn resumed(
        &self,
        _stream: &mut Self::Stream,
        _expired: bool,
        _x: &mut Exchange<'_>,
    ) -> Outcome {
        unexpected()
    }

    /// Something happened in the background: with [`Capabilities::timers`], once in each worker
    /// and once on Envoy's main thread.
    fn background(&self, _event: Event, _x: &mut Background<'_>) {}
}

/// A policy that waits says what becomes of it; one that forgot to is closed.
fn unexpected() -> Outcome {
    Outcome::Reply(Reply::new(500, "hachure.unexpected_answer"))
}
