//! What all VMs of one Envoy process share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::log::LogLine;
use crate::metrics::Metrics;
use crate::shared_data::SharedData;
use crate::shared_queue::SharedQueues;

#[derive(Debug, Default)]
pub(crate) struct Process {
    /// Nanoseconds since the epoch.
    clock: AtomicU64,
    /// By how much the wall clock was set back.
    set_back: AtomicU64,
    workers: AtomicU64,
    pub(crate) shared_data: SharedData,
    pub(crate) queues: SharedQueues,
    pub(crate) metrics: Metrics,
    log: Mutex<Vec<LogLine>>,
}

impl Process {
    pub(crate) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Sets the clock to `now`, or leaves it where it is later already: another worker moved it.
    pub(crate) fn advance_to(&self, now: u64) {
        self.clock.fetch_max(now, Ordering::SeqCst);
    }

    pub(crate) fn set_clock(&self, now: u64) {
        self.clock.store(now, Ordering::SeqCst);
    }

    /// The wall clock. Timers do not go by it.
    pub(crate) fn wall_clock(&self) -> u64 {
        self.now()
            .saturating_sub(self.set_back.load(Ordering::SeqCst))
    }

    pub(crate) fn set_back(&self, by: u64) {
        self.set_back.fetch_add(by, Ordering::SeqCst);
    }

    pub(crate) fn new_worker(&self) -> u64 {
        self.workers.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn log(&self, line: LogLine) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    pub(crate) fn lines(&self) -> Vec<LogLine> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn forget_log(&self) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
