//! One HTTP stream: Envoy's callbacks to the policy's phases.

mod bodies;

use std::rc::Rc;

use hachure_exchange::{Body, Effects, Exchange, Outcome, Phase, Policy, Reply};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::abi::Map;
use crate::apply;
use crate::plugin::Plugin;
use crate::source::HostSource;
use bodies::Bodies;

pub(crate) struct Stream<P: Policy> {
    plugin: Option<Rc<Plugin<P>>>,
    state: P::Stream,
    /// A stream gets one reply from us: a second one would hang the client.
    replied: bool,
    bodies: Bodies<P>,
}

impl<P: Policy> Stream<P> {
    pub(crate) fn new(plugin: Option<Rc<Plugin<P>>>) -> Self {
        Self {
            plugin,
            state: P::Stream::default(),
            replied: false,
            bodies: Bodies::new(),
        }
    }

    fn phase(&mut self, phase: Phase, end_of_stream: bool) -> Action {
        let action = self.headers(phase, end_of_stream);
        self.bodies.after_headers(phase, action)
    }

    fn headers(&mut self, phase: Phase, end_of_stream: bool) -> Action {
        if self.replied && phase == Phase::RequestHeaders {
            // Answered: nothing of this request may go on.
            return Action::Pause;
        }
        let Some(plugin) = self.plugin.clone() else {
            return self.close(phase, "not_configured");
        };
        let mut effects = plugin.effects.take();
        effects.clear();
        let mut decision = self.decide(&plugin, phase, None, end_of_stream, &mut effects);
        if matches!(decision, Decision::Outcome(Outcome::Continue))
            && self.begin_body(phase, end_of_stream, &effects).is_err()
        {
            decision = Decision::Fault;
        }
        if !matches!(decision, Decision::Outcome(Outcome::Continue)) {
            effects.drop_header_changes();
        }
        let whole = apply::effects(&plugin, map_of(phase), &effects);
        plugin.effects.set(effects);
        match decision {
            Decision::Outcome(Outcome::Continue) if whole => Action::Continue,
            Decision::Outcome(Outcome::Reply(reply)) => self.reply(phase, &reply),
            Decision::Outcome(Outcome::Continue | Outcome::Wait | Outcome::WaitUntil(_))
            | Decision::Fault => self.close(phase, "host_fault"),
        }
    }

    fn decide(
        &mut self,
        plugin: &Plugin<P>,
        phase: Phase,
        body: Option<Body<'_>>,
        end_of_stream: bool,
        effects: &mut Effects,
    ) -> Decision {
        let mut source = HostSource { map: map_of(phase) };
        let mut x = Exchange::new(&mut source, effects, end_of_stream);
        let (policy, stream) = (&plugin.policy, &mut self.state);
        let outcome = match (phase.is_of_request(), body) {
            (true, None) => policy.request_headers(stream, &mut x),
            (false, None) => policy.response_headers(stream, &mut x),
            (true, Some(body)) => policy.request_body(stream, body, &mut x),
            (false, Some(body)) => policy.response_body(stream, body, &mut x),
        };
        match x.faulted() {
            true => Decision::Fault,
            false => Decision::Outcome(outcome),
        }
    }

    /// The host could not tell or do what the decision needs: closed, and the operator's to mend.
    fn close(&mut self, phase: Phase, code: &'static str) -> Action {
        if !self.replied {
            apply::reason(P::NAME, code);
        }
        self.reply(
            phase,
            &Reply::new(500, format!("hachure.{}.{code}", P::NAME)),
        )
    }

    fn reply(&mut self, phase: Phase, reply: &Reply) -> Action {
        if !self.replied {
            // One that the host refused may be tried again in the next phase.
            self.replied = apply::reply(reply);
            return Action::Pause;
        }
        match phase {
            Phase::RequestHeaders | Phase::RequestBody => Action::Pause,
            // This is our own reply on its way out: nothing may stop it.
            Phase::ResponseHeaders | Phase::ResponseBody => Action::Continue,
        }
    }
}

impl<P: Policy> Context for Stream<P> {}

impl<P: Policy> HttpContext for Stream<P> {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        self.phase(Phase::RequestHeaders, end_of_stream)
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        self.phase(Phase::ResponseHeaders, end_of_stream)
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.body(Phase::RequestBody, size, end_of_stream)
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.body(Phase::ResponseBody, size, end_of_stream)
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        self.trailers(Phase::RequestBody)
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.trailers(Phase::ResponseBody)
    }
}

/// What a phase came to.
enum Decision {
    Outcome(Outcome),
    /// A read failed: whatever the policy decided, it did so without knowing.
    Fault,
}

fn map_of(phase: Phase) -> Map {
    match phase {
        Phase::RequestHeaders | Phase::RequestBody => Map::RequestHeaders,
        Phase::ResponseHeaders | Phase::ResponseBody => Map::ResponseHeaders,
    }
}
