//! A provider's keys.

use std::rc::Rc;

use hachure_config::UnixTime;
use hachure_exchange::Exchange;
use hachure_jose::KeySet;

use crate::remote::Remote;

/// Where a provider's keys are.
#[derive(Debug)]
pub(crate) enum Keys {
    /// In the config: they never change.
    Inline(Rc<KeySet>),
    Remote(Box<Remote>),
}

impl Keys {
    /// The keys, and which set of all that came they are; none before there are any, or when they
    /// are too old.
    pub(crate) fn current(&self, now: UnixTime) -> Option<(Rc<KeySet>, u64)> {
        match self {
            Self::Inline(keys) => Some((keys.clone(), 0)),
            Self::Remote(remote) => remote.current(now),
        }
    }

    /// Whether what was checked with that set still holds.
    pub(crate) fn is_current(&self, generation: u64, now: UnixTime) -> bool {
        match self {
            Self::Inline(_) => true,
            Self::Remote(remote) => remote.is_current(generation, now),
        }
    }

    /// There are no keys: until when to wait for them, if that may help.
    pub(crate) fn patience(&self, now: UnixTime) -> Option<UnixTime> {
        match self {
            Self::Inline(_) => None,
            Self::Remote(remote) => remote.patience(now),
        }
    }

    /// A token names a key that is not there: until when to wait for newer keys, if they may have
    /// it.
    pub(crate) fn ask(&self, now: UnixTime, x: &mut Exchange<'_>) -> Option<UnixTime> {
        match self {
            Self::Inline(_) => None,
            Self::Remote(remote) => remote.ask(now, x),
        }
    }
}
