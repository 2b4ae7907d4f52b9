//! Time: ticks of the root context, deadlines of call-outs.

use std::time::Duration;

use crate::callback::{Event, enter};
use crate::callouts;
use crate::machine::with;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The timer that `proxy_set_tick_period_milliseconds` set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticker {
    period: u64,
    next: u64,
}

impl Ticker {
    pub(crate) fn is_quick(self) -> bool {
        const HALF_A_SECOND: u64 = 500 * NANOS_PER_MILLI;
        self.period < HALF_A_SECOND
    }
}

/// Sets, restarts or (with 0) stops the timer.
pub(crate) fn ticker(now: u64, period_ms: u32) -> Option<Ticker> {
    let period = u64::from(period_ms) * NANOS_PER_MILLI;
    (period > 0).then_some(Ticker {
        period,
        next: now + period,
    })
}

pub(crate) fn deadline(now: u64, timeout_ms: u32) -> Option<u64> {
    // Envoy has no deadline where none is named.
    (timeout_ms > 0).then(|| now + u64::from(timeout_ms) * NANOS_PER_MILLI)
}

enum Due {
    Tick(u64),
    Timeout(u64, u32),
}

impl Due {
    fn at(&self) -> u64 {
        match self {
            Due::Tick(at) | Due::Timeout(at, _) => *at,
        }
    }
}

/// Moves the clock, and does then what has fallen due.
pub(crate) fn skip(by: Duration) {
    let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    with(|machine| {
        let end = machine.process.now().saturating_add(by);
        machine.process.advance_to(end);
    });
    advance(Duration::ZERO);
}

/// Lets time pass, and does in order what falls due on this worker.
pub(crate) fn advance(by: Duration) {
    let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    let end = with(|machine| machine.process.now().saturating_add(by));
    while let Some(due) = next().filter(|due| due.at() <= end) {
        with(|machine| machine.process.advance_to(due.at()));
        fire(&due);
    }
    with(|machine| machine.process.advance_to(end));
}

fn next() -> Option<Due> {
    with(|machine| {
        let tick = machine.ticker.map(|ticker| Due::Tick(ticker.next));
        let timeout = machine
            .callouts
            .next_deadline()
            .map(|(at, token)| Due::Timeout(at, token));
        tick.into_iter().chain(timeout).min_by_key(Due::at)
    })
}

fn fire(due: &Due) {
    match *due {
        Due::Timeout(_, token) => callouts::time_out(token),
        Due::Tick(at) => {
            let root = with(|machine| machine.root);
            enter(root, Event::Tick, || {});
            // The timer starts again after the callback, unless that set another one.
            with(|machine| {
                let now = machine.process.now();
                if let Some(ticker) = machine.ticker.as_mut().filter(|ticker| ticker.next == at) {
                    ticker.next = now + ticker.period;
                }
            });
        }
    }
}
