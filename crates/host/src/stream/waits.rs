//! A stream that waits: for its own calls, or for something fetched elsewhere.
//!
//! Everything here stands behind [`waits`], which the compiler knows: a policy that waits for
//! nothing has none of this in its module.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::{Rc, Weak};

use hachure_exchange::{Answer, Call, Exchange, Outcome, Phase, Policy, UnixTime};
use proxy_wasm::types::Action;

use super::Stream;
use crate::abi;
use crate::calls::{self, Receiver};
use crate::full_source::Caller;
use crate::plugin::Plugin;
use crate::waiting::{self, Waiter};

/// How often a policy may wait again for what has failed at once, before its stream is closed.
const MOST_ROUNDS: u8 = 16;

/// Whether streams of a policy wait.
pub(crate) const fn waits<P: Policy>() -> bool {
    P::CAPABILITIES.waits()
}

/// What a stream waits for.
pub(super) struct Waits<P: Policy> {
    id: u32,
    me: ManuallyDrop<Weak<RefCell<Stream<P>>>>,
    /// Which phase it is, counted from the first: answers of an earlier one's calls are dropped.
    phase: u32,
    /// The phase's calls under way.
    live: u32,
    /// The tags of its calls that were not dispatched, and whose failure nobody was told yet.
    failed: ManuallyDrop<Vec<u16>>,
    held: Option<Held>,
    /// How many times it has been held: who waited for an earlier one does not wait any more.
    turn: u32,
}

/// The phase that waits.
#[derive(Clone, Copy)]
struct Held {
    phase: Phase,
    end_of_stream: bool,
}

impl<P: Policy> Waits<P> {
    pub(super) fn new(id: u32, me: Weak<RefCell<Stream<P>>>) -> Self {
        Self {
            id,
            me: ManuallyDrop::new(me),
            phase: 0,
            live: 0,
            failed: ManuallyDrop::new(vec![]),
            held: None,
            turn: 0,
        }
    }

    /// A header phase begins; with a response, it may be while the request is held.
    pub(super) fn begin(&mut self) {
        if const { waits::<P>() } {
            self.phase = self.phase.wrapping_add(1);
            self.live = 0;
            self.failed.clear();
            self.held = None;
        }
    }

    /// The first call that failed at once and was not told of yet.
    fn next_failed(&mut self) -> Option<u16> {
        let mut failed = std::mem::take(&mut *self.failed).into_iter();
        let first = failed.next();
        *self.failed = failed.collect();
        first
    }
}

impl<P: Policy> Drop for Waits<P> {
    fn drop(&mut self) {
        if const { waits::<P>() } {
            // SAFETY: neither is used again.
            unsafe {
                ManuallyDrop::drop(&mut self.me);
                ManuallyDrop::drop(&mut self.failed);
            }
        }
    }
}

impl<P: Policy> Caller for Waits<P> {
    fn call(&mut self, tag: u16, call: &Call<'_>) {
        let receiver = Box::new(ToStream {
            stream: Weak::clone(&self.me),
            phase: self.phase,
        });
        if calls::dispatch(call, tag, receiver) {
            self.live = self.live.saturating_add(1);
        } else {
            self.failed.push(tag);
        }
    }
}

impl<P: Policy> Stream<P> {
    /// Holds the message of a phase whose policy waits, for its calls or until that time.
    pub(super) fn hold(
        &mut self,
        plugin: &Plugin<P>,
        phase: Phase,
        end_of_stream: bool,
        until: Option<UnixTime>,
        round: u8,
    ) -> Action {
        if round > MOST_ROUNDS {
            return self.close(phase, "host_fault");
        }
        let round = round.saturating_add(1);
        let turn = self.waits.turn.wrapping_add(1);
        if let Some(tag) = self.waits.next_failed() {
            return self.run(phase, end_of_stream, round, |policy, stream, x| {
                policy.answered(stream, tag, Answer::Failed, x)
            });
        }
        if let Some(until) = until {
            if !const { P::CAPABILITIES.timers } {
                // Nothing would ever ask it again.
                return self.close(phase, "host_fault");
            }
            let waiter = Box::new(Turn {
                stream: Weak::clone(&self.waits.me),
                turn,
            });
            let slow = !waiting::any(plugin.root);
            let now = abi::current_time().map_or(UnixTime(0), UnixTime);
            if !waiting::add(plugin.root, now, until, waiter) {
                return self.run(phase, end_of_stream, round, |policy, stream, x| {
                    policy.resumed(stream, true, x)
                });
            }
            if slow {
                plugin.tick_quickly();
            }
        } else if self.waits.live == 0 {
            // Nobody would ever answer.
            return self.close(phase, "host_fault");
        }
        self.waits.turn = turn;
        self.waits.held = Some(Held {
            phase,
            end_of_stream,
        });
        Action::Pause
    }

    /// Asks a stream that is held again, in a callback of its root context, and lets it go on where
    /// the policy says so.
    fn again(&mut self, ask: impl FnOnce(&P, &mut P::Stream, &mut Exchange<'_>) -> Outcome) {
        let Some(held) = self.waits.held else { return };
        if abi::set_effective_context(self.waits.id).is_err() {
            // There is no such stream any more.
            return;
        }
        self.waits.held = None;
        let action = self.run(held.phase, held.end_of_stream, 0, ask);
        // Headers may wait on, for their body.
        if self.bodies.after_headers(held.phase, action) == Action::Continue
            && abi::continue_stream(held.phase.is_of_request()).is_err()
        {
            self.close(held.phase, "host_fault");
        }
    }
}

/// The answer of a stream's own call.
struct ToStream<P: Policy> {
    stream: Weak<RefCell<Stream<P>>>,
    phase: u32,
}

impl<P: Policy> Receiver for ToStream<P> {
    fn is_there(&self) -> bool {
        self.stream.strong_count() > 0
    }

    fn receive(&self, tag: u16, answer: Answer) {
        with(&self.stream, |stream| {
            if stream.waits.phase != self.phase {
                return;
            }
            stream.waits.live = stream.waits.live.saturating_sub(1);
            stream.again(|policy, state, x| policy.answered(state, tag, answer, x));
        });
    }
}

/// A stream that waits until some time, as often as it has been held by then.
struct Turn<P: Policy> {
    stream: Weak<RefCell<Stream<P>>>,
    turn: u32,
}

impl<P: Policy> Waiter for Turn<P> {
    fn is_there(&self) -> bool {
        self.stream.strong_count() > 0
    }

    fn resume(&self, expired: bool) {
        with(&self.stream, |stream| {
            if stream.waits.turn == self.turn {
                stream.again(|policy, state, x| policy.resumed(state, expired, x));
            }
        });
    }
}

/// Works on a stream, if there still is one. Its own callback never runs meanwhile.
fn with<P: Policy>(stream: &Weak<RefCell<Stream<P>>>, f: impl FnOnce(&mut Stream<P>)) {
    let stream: Option<Rc<_>> = stream.upgrade();
    if let Some(Ok(mut stream)) = stream.as_ref().map(|stream| stream.try_borrow_mut()) {
        f(&mut stream);
    }
}
