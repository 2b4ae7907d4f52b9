//! One HTTP stream: Envoy's callbacks to the policy's phases.

mod bodies;
mod held;
mod waits;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use hachure_exchange::{Effects, Exchange, Outcome, Phase, Policy, Reply, Source};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::abi::Map;
use crate::full_source::FullSource;
use crate::plugin::Plugin;
use crate::source::HostSource;
use crate::{apply, entry};
use bodies::{Bodies, collects};
use held::Shared;
use waits::{Waits, waits};

pub(crate) struct Stream<P: Policy> {
    plugin: Option<Rc<Plugin<P>>>,
    state: P::Stream,
    /// A stream gets one reply from us: a second one would hang the client.
    replied: bool,
    bodies: Bodies<P>,
    waits: Waits<P>,
}

/// A new stream, as the SDK takes it.
pub(crate) fn context<P: Policy>(plugin: Option<Rc<Plugin<P>>>, id: u32) -> Box<dyn HttpContext> {
    if const { waits::<P>() } {
        let stream = |me: &Weak<_>| RefCell::new(Stream::new(plugin, id, Weak::clone(me)));
        Box::new(Shared(Rc::new_cyclic(stream)))
    } else {
        Box::new(Stream::new(plugin, id, Weak::new()))
    }
}

impl<P: Policy> Stream<P> {
    fn new(plugin: Option<Rc<Plugin<P>>>, id: u32, me: Weak<RefCell<Self>>) -> Self {
        Self {
            plugin,
            state: P::Stream::default(),
            replied: false,
            bodies: Bodies::new(),
            waits: Waits::new(id, me),
        }
    }

    fn phase(&mut self, phase: Phase, end_of_stream: bool) -> Action {
        let action = self.headers(phase, end_of_stream);
        let after = self.bodies.after_headers(phase, action);
        if const { collects::<P>() } && after != action {
            // They wait for their body.
            entry::hold_headers_alone();
        }
        after
    }

    fn headers(&mut self, phase: Phase, end_of_stream: bool) -> Action {
        if self.replied && phase == Phase::RequestHeaders {
            // Answered: nothing of this request may go on.
            return Action::Pause;
        }
        self.waits.begin();
        self.run(phase, end_of_stream, 0, |policy, state, x| {
            match phase.is_of_request() {
                true => policy.request_headers(state, x),
                false => policy.response_headers(state, x),
            }
        })
    }

    /// Asks the policy in a header phase, and does what it says. `round` counts how often in a row
    /// it waited for what could not be waited for.
    fn run(
        &mut self,
        phase: Phase,
        end_of_stream: bool,
        round: u8,
        ask: impl FnOnce(&P, &mut P::Stream, &mut Exchange<'_>) -> Outcome,
    ) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            return self.close(phase, "not_configured");
        };
        let mut effects = plugin.effects.take();
        effects.clear();
        let mut decision = self.decide(&plugin, phase, end_of_stream, &mut effects, ask);
        let sound = match &decision {
            Decision::Outcome(Outcome::Continue) => {
                self.begin_body(phase, end_of_stream, &effects).is_ok()
            }
            // What it asked of the body would be forgotten meanwhile.
            Decision::Outcome(Outcome::Wait | Outcome::WaitUntil(_)) => {
                effects.body_plan().is_none()
            }
            Decision::Outcome(Outcome::Reply(_)) | Decision::Fault => true,
        };
        if !sound {
            decision = Decision::Fault;
        }
        if decision.drops_header_changes() {
            effects.drop_header_changes();
        }
        let whole = apply::effects(&plugin, map_of(phase), &effects);
        plugin.effects.set(effects);
        match decision {
            Decision::Outcome(Outcome::Reply(reply)) => self.reply(phase, &reply),
            Decision::Outcome(Outcome::Continue) if whole => Action::Continue,
            Decision::Outcome(outcome) if whole && const { waits::<P>() } => {
                let until = match outcome {
                    Outcome::WaitUntil(until) => Some(until),
                    _ => None,
                };
                self.hold(&plugin, phase, end_of_stream, until, round)
            }
            Decision::Outcome(_) | Decision::Fault => self.close(phase, "host_fault"),
        }
    }

    fn decide(
        &mut self,
        plugin: &Plugin<P>,
        phase: Phase,
        end_of_stream: bool,
        effects: &mut Effects,
        ask: impl FnOnce(&P, &mut P::Stream, &mut Exchange<'_>) -> Outcome,
    ) -> Decision {
        let mut headers = HostSource { map: map_of(phase) };
        let mut full;
        let source: &mut dyn Source = if const { P::CAPABILITIES.any() } {
            full = FullSource {
                headers,
                crypto: plugin.crypto,
                caller: &mut self.waits,
            };
            &mut full
        } else {
            &mut headers
        };
        let mut x = Exchange::new(source, effects, end_of_stream);
        let outcome = ask(&plugin.policy, &mut self.state, &mut x);
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

impl Decision {
    /// Whether what the phase wanted of the headers is void.
    fn drops_header_changes(&self) -> bool {
        matches!(self, Decision::Outcome(Outcome::Reply(_)) | Decision::Fault)
    }
}

fn map_of(phase: Phase) -> Map {
    match phase {
        Phase::RequestHeaders | Phase::RequestBody => Map::RequestHeaders,
        Phase::ResponseHeaders | Phase::ResponseBody => Map::ResponseHeaders,
    }
}
