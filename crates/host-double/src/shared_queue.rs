//! Shared queues: named per `vm_id`, one consumer each.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::status::{Result, Status};

/// The VM that consumes a queue: the last one that registered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Consumer {
    pub(crate) worker: u64,
    pub(crate) root: u32,
}

#[derive(Debug, Default)]
pub(crate) struct SharedQueues(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tokens: HashMap<(String, Vec<u8>), u32>,
    queues: HashMap<u32, Queue>,
    /// Items that were put in and not announced to their consumer yet.
    ready: VecDeque<(Consumer, u32)>,
}

#[derive(Debug)]
struct Queue {
    consumer: Consumer,
    items: VecDeque<Vec<u8>>,
}

impl SharedQueues {
    fn locked<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn register(&self, vm_id: &str, name: &[u8], consumer: Consumer) -> u32 {
        self.locked(|inner| {
            let next = u32::try_from(inner.tokens.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            let token = *inner
                .tokens
                .entry((vm_id.to_owned(), name.to_vec()))
                .or_insert(next);
            let queue = inner.queues.entry(token).or_insert_with(|| Queue {
                consumer,
                items: VecDeque::new(),
            });
            queue.consumer = consumer;
            token
        })
    }

    pub(crate) fn resolve(&self, vm_id: &str, name: &[u8]) -> Result<u32> {
        self.locked(|inner| {
            let token = inner.tokens.get(&(vm_id.to_owned(), name.to_vec()));
            token.copied().ok_or(Status::NotFound)
        })
    }

    pub(crate) fn enqueue(&self, token: u32, item: &[u8]) -> Result<()> {
        self.locked(|inner| {
            let queue = inner.queues.get_mut(&token).ok_or(Status::NotFound)?;
            queue.items.push_back(item.to_vec());
            let consumer = queue.consumer;
            inner.ready.push_back((consumer, token));
            Ok(())
        })
    }

    pub(crate) fn dequeue(&self, token: u32) -> Result<Vec<u8>> {
        self.locked(|inner| {
            let queue = inner.queues.get_mut(&token).ok_or(Status::NotFound)?;
            queue.items.pop_front().ok_or(Status::Empty)
        })
    }

    /// The next queue with news for that worker, and the root context to tell.
    pub(crate) fn take_ready(&self, worker: u64) -> Option<(u32, u32)> {
        self.locked(|inner| {
            let at = inner
                .ready
                .iter()
                .position(|(consumer, _)| consumer.worker == worker)?;
            inner
                .ready
                .remove(at)
                .map(|(consumer, token)| (consumer.root, token))
        })
    }
}
