//! One HTTP stream: Envoy's callbacks to the policy's phases.

use std::rc::Rc;

use hachure_exchange::{Exchange, Outcome, Phase, Policy, Reply};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::abi::Map;
use crate::apply;
use crate::plugin::Plugin;
use crate::source::HostSource;

pub(crate) struct Stream<P: Policy> {
    plugin: Option<Rc<Plugin<P>>>,
    state: P::Stream,
    /// A stream gets one reply from us: a second one would hang the client.
    replied: bool,
}

impl<P: Policy> Stream<P> {
    pub(crate) fn new(plugin: Option<Rc<Plugin<P>>>) -> Self {
        Self {
            plugin,
            state: P::Stream::default(),
            replied: false,
        }
    }

    fn phase(&mut self, phase: Phase, end_of_stream: bool) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            return self.reply(&fault(P::NAME, "not_configured"));
        };
        let map = match phase {
            Phase::RequestHeaders => Map::RequestHeaders,
            Phase::ResponseHeaders => Map::ResponseHeaders,
        };
        let mut effects = plugin.effects.take();
        effects.clear();
        let mut source = HostSource { map };
        let mut x = Exchange::new(&mut source, &mut effects, end_of_stream);
        let outcome = match phase {
            Phase::RequestHeaders => plugin.policy.request_headers(&mut self.state, &mut x),
            Phase::ResponseHeaders => plugin.policy.response_headers(&mut self.state, &mut x),
        };
        let outcome = match x.faulted() {
            true => Outcome::Reply(fault(P::NAME, "host_fault")),
            false => outcome,
        };
        if let Outcome::Reply(_) = outcome {
            effects.drop_header_changes();
        }
        let whole = apply::effects(&plugin, map, &effects);
        plugin.effects.set(effects);
        match outcome {
            Outcome::Reply(reply) => self.reply(&reply),
            Outcome::Continue if !whole => self.reply(&fault(P::NAME, "host_fault")),
            Outcome::Continue => Action::Continue,
        }
    }

    fn reply(&mut self, reply: &Reply) -> Action {
        if self.replied {
            // This is our own reply on its way out: nothing may stop it.
            return Action::Continue;
        }
        self.replied = true;
        apply::reply(reply);
        Action::Pause
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
}

/// The host could not tell or do what the decision needs: closed, and the operator's to mend.
fn fault(filter: &str, code: &str) -> Reply {
    Reply::new(500, format!("hachure.{filter}.{code}"))
}
