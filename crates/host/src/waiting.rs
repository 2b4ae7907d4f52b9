//! Streams that wait for something fetched elsewhere, of all plugins of this VM.
//!
//! A stream has no timer. Its root context ticks, quickly while streams of its plugin are on the
//! list, and asks those again that were woken or whose time is over. A stream that ends meanwhile
//! is found gone.

use std::cell::RefCell;

use hachure_exchange::UnixTime;

/// The most streams of one plugin that wait in one worker: what they hold is memory that clients
/// can ask for.
const MOST: usize = 1024;

/// A stream that waits.
pub(crate) trait Waiter {
    /// Whether there still is such a stream.
    fn is_there(&self) -> bool;

    /// Asks it again, if it still waits for that.
    fn resume(&self, expired: bool);
}

struct Waiting {
    root: u32,
    since: UnixTime,
    until: UnixTime,
    waiter: Box<dyn Waiter>,
}

thread_local! {
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
}

/// Puts a stream on the list of its plugin. False where that is full.
pub(crate) fn add(root: u32, since: UnixTime, until: UnixTime, waiter: Box<dyn Waiter>) -> bool {
    with(|all| {
        if count(all, root) >= MOST {
            all.retain(|waiting| waiting.waiter.is_there());
        }
        if count(all, root) >= MOST {
            return false;
        }
        all.push(Waiting {
            root,
            since,
            until,
            waiter,
        });
        true
    })
    .unwrap_or(false)
}

/// Forgets the streams that are gone.
pub(crate) fn forget_gone() {
    with(|all| all.retain(|waiting| waiting.waiter.is_there()));
}

/// How many streams stand on the list, for tests.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn on_the_list() -> usize {
    with(|all| all.len()).unwrap_or(0)
}

/// Whether streams of a plugin wait.
pub(crate) fn any(root: u32) -> bool {
    with(|all| count(all, root) > 0).unwrap_or(false)
}

/// Asks every stream of a plugin again: what they wait for is there.
pub(crate) fn wake(root: u32) {
    ask(|waiting| waiting.root == root, false);
}

/// Asks those streams of a plugin again whose time is over, and forgets those that are gone.
pub(crate) fn expire(root: u32, now: UnixTime) {
    forget_gone();
    ask(|waiting| waiting.root == root && waiting.is_over(now), true);
}

impl Waiting {
    /// A wall clock that was set back would make a short wait a long one: then it is over too.
    fn is_over(&self, now: UnixTime) -> bool {
        const CORRECTION: u64 = 1_000_000_000;
        self.until <= now || now.0.saturating_add(CORRECTION) < self.since.0
    }
}

/// In the order in which they came. They may wait again, so the list is free meanwhile.
fn ask(which: impl Fn(&Waiting) -> bool, expired: bool) {
    let due = with(|all| {
        let (due, rest) = std::mem::take(all).into_iter().partition(which);
        *all = rest;
        due
    });
    let due: Vec<Waiting> = due.unwrap_or_default();
    for waiting in due {
        waiting.waiter.resume(expired);
    }
}

fn count(all: &[Waiting], root: u32) -> usize {
    all.iter().filter(|waiting| waiting.root == root).count()
}

/// None where the list is in use, which it never is when a callback begins.
fn with<R>(f: impl FnOnce(&mut Vec<Waiting>) -> R) -> Option<R> {
    let done = WAITING.try_with(|all| all.try_borrow_mut().ok().map(|mut all| f(&mut all)));
    done.ok().flatten()
}
