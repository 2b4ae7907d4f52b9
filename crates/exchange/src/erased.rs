//! Policies behind one type, for callers that pick a filter by its name at run time.

use std::any::Any;

use hachure_config::{ConfigErrors, from_slice};

use crate::{
    Answer, Background, Body, Capabilities, Event, Exchange, Metrics, Outcome, Phase, Policy,
    Setup, Touched,
};

/// A compiled policy of any filter.
pub trait AnyPolicy {
    /// The state of a new stream.
    fn stream(&self) -> AnyStream;

    /// Runs a header phase.
    fn run(&self, phase: Phase, stream: &mut AnyStream, x: &mut Exchange<'_>) -> Outcome;

    /// Runs a body phase.
    fn run_body(
        &self,
        phase: Phase,
        stream: &mut AnyStream,
        body: Body<'_>,
        x: &mut Exchange<'_>,
    ) -> Outcome;

    /// Hands an answer to a stream that waits.
    fn answered(
        &self,
        stream: &mut AnyStream,
        tag: u16,
        answer: Answer,
        x: &mut Exchange<'_>,
    ) -> Outcome;

    /// Asks a stream again that waits for the background.
    fn resumed(&self, stream: &mut AnyStream, expired: bool, x: &mut Exchange<'_>) -> Outcome;

    /// Lets something happen in the background.
    fn background(&self, event: Event, x: &mut Background<'_>);

    /// What it asks of the host beyond headers.
    fn capabilities(&self) -> Capabilities;

    /// What of a request it may change.
    fn touches(&self) -> Touched;

    /// Whether it reads what Envoy's own filters say of who sends the request.
    fn reads_native_identity(&self) -> bool;

    /// The counters that it named.
    fn metrics(&self) -> &Metrics;
}

/// The state of one stream of some policy.
pub struct AnyStream(Box<dyn Any>);

struct Erased<P> {
    policy: P,
    metrics: Metrics,
}

impl<P: Policy> AnyPolicy for Erased<P> {
    fn stream(&self) -> AnyStream {
        AnyStream(Box::new(P::Stream::default()))
    }

    fn run(&self, phase: Phase, stream: &mut AnyStream, x: &mut Exchange<'_>) -> Outcome {
        // A stream of another policy is a caller's mistake that has no request behind it.
        let Some(stream) = stream.0.downcast_mut::<P::Stream>() else {
            return Outcome::Continue;
        };
        match phase {
            Phase::RequestHeaders => self.policy.request_headers(stream, x),
            Phase::ResponseHeaders => self.policy.response_headers(stream, x),
            Phase::RequestBody | Phase::ResponseBody => Outcome::Continue,
        }
    }

    fn run_body(
        &self,
        phase: Phase,
        stream: &mut AnyStream,
        body: Body<'_>,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let Some(stream) = stream.0.downcast_mut::<P::Stream>() else {
            return Outcome::Continue;
        };
        match phase {
            Phase::RequestBody => self.policy.request_body(stream, body, x),
            Phase::ResponseBody => self.policy.response_body(stream, body, x),
            Phase::RequestHeaders | Phase::ResponseHeaders => Outcome::Continue,
        }
    }

    fn answered(
        &self,
        stream: &mut AnyStream,
        tag: u16,
        answer: Answer,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        match stream.0.downcast_mut::<P::Stream>() {
            Some(stream) => self.policy.answered(stream, tag, answer, x),
            None => Outcome::Continue,
        }
    }

    fn resumed(&self, stream: &mut AnyStream, expired: bool, x: &mut Exchange<'_>) -> Outcome {
        match stream.0.downcast_mut::<P::Stream>() {
            Some(stream) => self.policy.resumed(stream, expired, x),
            None => Outcome::Continue,
        }
    }

    fn background(&self, event: Event, x: &mut Background<'_>) {
        self.policy.background(event, x);
    }

    fn capabilities(&self) -> Capabilities {
        P::CAPABILITIES
    }

    fn touches(&self) -> Touched {
        self.policy.touches()
    }

    fn reads_native_identity(&self) -> bool {
        self.policy.reads_native_identity()
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

/// Compiles a config text for the policy `P`, as an instance of the catalogue name.
pub fn compile_erased<P: Policy>(config: &[u8]) -> Result<Box<dyn AnyPolicy>, ConfigErrors> {
    let mut metrics = Metrics::new(P::NAME);
    let policy = P::compile(
        from_slice(config)?,
        Setup {
            metrics: &mut metrics,
            plugin: P::NAME,
            seed: [0; 16],
        },
    )?;
    Ok(Box::new(Erased { policy, metrics }))
}
