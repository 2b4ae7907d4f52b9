//! The bodies of a stream: Envoy's body and trailer callbacks to the policy's body phases.
//!
//! Everything here stands behind [`collects`], which the compiler knows: a policy without body
//! phases has none of this in its module.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use hachure_exchange::{Effects, Fault, Outcome, Phase, Policy, Reply};
use proxy_wasm::types::Action;

use super::{Decision, Stream, map_of};
use crate::abi::Buffer;
use crate::body::{Collecting, Progress};
use crate::plugin::Plugin;
use crate::source::HostSource;
use crate::{apply, entry};

/// The bodies that are being collected, and what waits for them.
pub(super) struct Bodies<P: Policy> {
    request: ManuallyDrop<Option<Box<Collecting>>>,
    response: ManuallyDrop<Option<Box<Collecting>>>,
    /// Whether the headers that just passed wait for their body.
    holds_headers: bool,
    /// Nothing of the request may go on: it was answered, or is held for something else.
    request_stopped: bool,
    response_stopped: bool,
    policy: PhantomData<P>,
}

/// Whether a policy has a body phase.
pub(super) const fn collects<P: Policy>() -> bool {
    let mut phases = P::PHASES;
    while let [first, rest @ ..] = phases {
        if first.is_of_body() {
            return true;
        }
        phases = rest;
    }
    false
}

impl<P: Policy> Bodies<P> {
    pub(super) fn new() -> Self {
        Self {
            request: ManuallyDrop::new(None),
            response: ManuallyDrop::new(None),
            holds_headers: false,
            request_stopped: false,
            response_stopped: false,
            policy: PhantomData,
        }
    }

    fn of(&mut self, phase: Phase) -> &mut Option<Box<Collecting>> {
        match phase.is_of_request() {
            true => &mut self.request,
            false => &mut self.response,
        }
    }

    fn stopped(&mut self, phase: Phase) -> &mut bool {
        match phase.is_of_request() {
            true => &mut self.request_stopped,
            false => &mut self.response_stopped,
        }
    }

    /// What Envoy is told after a header phase that came to `action`: headers may wait for their
    /// body. Where Envoy goes on with the body of headers that stop, it stops too.
    pub(super) fn after_headers(&mut self, phase: Phase, action: Action) -> Action {
        if !const { collects::<P>() } {
            return action;
        }
        *self.stopped(phase) = action != Action::Continue;
        match std::mem::take(&mut self.holds_headers) && self.of(phase).is_some() {
            true => Action::Pause,
            false => action,
        }
    }
}

impl<P: Policy> Drop for Bodies<P> {
    fn drop(&mut self) {
        if const { collects::<P>() } {
            // SAFETY: neither is used again.
            unsafe {
                ManuallyDrop::drop(&mut self.request);
                ManuallyDrop::drop(&mut self.response);
            }
        }
    }
}

impl<P: Policy> Stream<P> {
    /// Begins to collect, where a header phase asked for it. It comes before the header changes:
    /// they may take away what says how long the body is.
    pub(super) fn begin_body(
        &mut self,
        phase: Phase,
        end_of_stream: bool,
        effects: &Effects,
    ) -> Result<(), Fault> {
        if !const { collects::<P>() } || end_of_stream || self.replied {
            return Ok(());
        }
        let Some(plan) = effects.body_plan() else {
            return Ok(());
        };
        if plan.hold && *self.bodies.stopped(phase) {
            // The headers have waited: Envoy would lose the body before trailers
            // (docs/decisions/0006-bodies.md).
            return Err(Fault);
        }
        let mut source = HostSource { map: map_of(phase) };
        let begun = Collecting::begin(plan, effects.holds_headers(), phase, &mut source)?;
        *self.bodies.of(phase) = begun.map(Box::new);
        self.bodies.holds_headers = effects.holds_headers();
        Ok(())
    }

    /// A chunk has arrived.
    pub(super) fn body(&mut self, phase: Phase, size: usize, end_of_stream: bool) -> Action {
        if !const { collects::<P>() } {
            return Action::Continue;
        }
        if *self.bodies.stopped(phase) {
            return Action::Pause;
        }
        let Some(mut collecting) = self.bodies.of(phase).take() else {
            return Action::Continue;
        };
        let action = match collecting.take(buffer_of(phase), size, end_of_stream) {
            Err(_) => self.close(phase, "host_fault"),
            Ok(Progress::More) => {
                let held = collecting.holds();
                if held && collecting.keeps_nothing() {
                    entry::keep_nothing();
                }
                *self.bodies.of(phase) = Some(collecting);
                return if held {
                    Action::Pause
                } else {
                    Action::Continue
                };
            }
            Ok(progress) => self.decide_body(phase, &collecting, progress),
        };
        *self.bodies.stopped(phase) = action != Action::Continue;
        action
    }

    /// The trailers have arrived: the body is whole.
    pub(super) fn trailers(&mut self, phase: Phase) -> Action {
        if !const { collects::<P>() } {
            return Action::Continue;
        }
        if *self.bodies.stopped(phase) {
            return Action::Pause;
        }
        match self.bodies.of(phase).take() {
            None => Action::Continue,
            Some(body) if body.is_stranded_by_trailers() => self.strand(phase),
            Some(body) => self.decide_body(phase, &body, Progress::WholeByTrailers),
        }
    }

    /// Trailers that nothing announced, where Envoy has no buffer for what was taken.
    fn strand(&mut self, phase: Phase) -> Action {
        const CODE: &str = "unannounced_trailers";
        apply::reason(P::NAME, CODE);
        let status = if phase.is_of_request() { 400 } else { 502 };
        let details = format!("hachure.{}.{CODE}", P::NAME);
        self.reply(phase, &Reply::new(status, details))
    }

    fn decide_body(&mut self, phase: Phase, body: &Collecting, progress: Progress) -> Action {
        let Some(plugin) = self.plugin.clone() else {
            return self.close(phase, "not_configured");
        };
        let mut effects = plugin.effects.take();
        effects.clear();
        let action = self.run_body(&plugin, phase, body, progress, &mut effects);
        plugin.effects.set(effects);
        action
    }

    fn run_body(
        &mut self,
        plugin: &Plugin<P>,
        phase: Phase,
        body: &Collecting,
        progress: Progress,
        effects: &mut Effects,
    ) -> Action {
        let seen = body.seen(progress);
        let decision = self.decide(plugin, phase, true, effects, |policy, state, x| {
            if !seen.headers_held {
                x.without_headers();
            }
            match phase.is_of_request() {
                true => policy.request_body(state, seen.body, x),
                false => policy.response_body(state, seen.body, x),
            }
        });
        if !matches!(decision, Decision::Outcome(Outcome::Continue)) {
            effects.drop_header_changes();
        }
        let whole = apply::effects(plugin, map_of(phase), effects);
        match decision {
            Decision::Outcome(Outcome::Continue) if whole => {
                let new = effects.take_new_body();
                match body.put_back(buffer_of(phase), new.as_deref(), progress) {
                    Ok(()) => Action::Continue,
                    Err(_) => self.close(phase, "host_fault"),
                }
            }
            Decision::Outcome(Outcome::Reply(reply)) => self.reply(phase, &reply),
            Decision::Outcome(_) | Decision::Fault => self.close(phase, "host_fault"),
        }
    }
}

fn buffer_of(phase: Phase) -> Buffer {
    match phase.is_of_request() {
        true => Buffer::RequestBody,
        false => Buffer::ResponseBody,
    }
}
