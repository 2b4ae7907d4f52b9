//! The contexts of this VM, by their numbers.
//!
//! The SDK keeps contexts of three kinds in hash maps and asks one after the other. Here root contexts,
//! of which there are few, stand in a list, and streams in a table: their numbers follow one another,
//! so that a number is nearly its own place. What a request runs through of this is a few dozen
//! instructions, and that is what a request costs, because it finds them in no cache.

mod table;

use std::cell::{Cell, RefCell};

use proxy_wasm::traits::{HttpContext, RootContext};
use proxy_wasm::types::Action;

use table::Table;

type Make = fn(u32) -> Box<dyn RootContext>;
type Roots = Vec<(u32, Box<dyn RootContext>)>;
type Streams = Table<Box<dyn HttpContext>>;

thread_local! {
    static MAKE: Cell<Option<Make>> = const { Cell::new(None) };
    static ROOTS: RefCell<Roots> = const { RefCell::new(Vec::new()) };
    static STREAMS: RefCell<Streams> = const { RefCell::new(Table::new()) };
}

/// Root contexts are made so.
pub(crate) fn make_by(make: Make) {
    let _ = MAKE.try_with(|way| way.set(Some(make)));
}

/// A root context begins.
pub(crate) fn begin_root(id: u32) {
    if let Ok(Some(make)) = MAKE.try_with(Cell::get) {
        let root = make(id);
        with_roots(|roots| roots.push((id, root)));
    }
}

/// Enters a root context; none where there is none of that number.
pub(crate) fn enter_root<R>(id: u32, f: impl FnOnce(&mut dyn RootContext) -> R) -> Option<R> {
    let entered = with_roots(|roots| {
        let root = roots.iter_mut().find(|(root, _)| *root == id);
        root.map(|(_, root)| f(&mut **root))
    });
    entered.flatten()
}

/// A stream of that root context begins. One of no root context is known to nobody: it is closed.
pub(crate) fn begin(id: u32, root: u32) {
    let stream = enter_root(root, |root| root.create_http_context(id)).flatten();
    if let Some(stream) = stream {
        with_streams(|streams| streams.put(id, stream));
    }
}

/// Enters a stream. Nothing may go on of one that is not there.
pub(crate) fn enter(id: u32, f: impl FnOnce(&mut dyn HttpContext) -> Action) -> Action {
    let action = with_streams(|streams| streams.get(id).map(|stream| f(&mut **stream)));
    action.flatten().unwrap_or(Action::Pause)
}

/// A context ends. What it holds is dropped while nothing is borrowed.
pub(crate) fn end(id: u32) {
    let stream = with_streams(|streams| streams.take(id)).flatten();
    if stream.is_none() {
        let root = with_roots(|roots| {
            let at = roots.iter().position(|(root, _)| *root == id)?;
            // The last one takes its place.
            let last = roots.pop()?;
            match roots.get_mut(at) {
                Some(place) => Some(std::mem::replace(place, last)),
                None => Some(last),
            }
        });
        drop(root);
    }
}

/// None where they are in use, which they never are when a callback begins.
fn with_streams<R>(f: impl FnOnce(&mut Streams) -> R) -> Option<R> {
    let done = STREAMS.try_with(|all| all.try_borrow_mut().ok().map(|mut all| f(&mut all)));
    done.ok().flatten()
}

/// As [`with_streams`].
fn with_roots<R>(f: impl FnOnce(&mut Roots) -> R) -> Option<R> {
    let done = ROOTS.try_with(|all| all.try_borrow_mut().ok().map(|mut all| f(&mut all)));
    done.ok().flatten()
}

/// Natively other modules run in the same program: whether this thread's is one of [`crate::start`].
#[cfg(not(target_family = "wasm"))]
pub fn is_own() -> bool {
    MAKE.get().is_some()
}

/// The module of this thread is gone; the next one is none of [`crate::start`] before it says so.
#[cfg(not(target_family = "wasm"))]
pub fn forget_own() {
    MAKE.set(None);
    with_streams(|streams| *streams = Table::new());
    let roots = with_roots(std::mem::take);
    drop(roots);
}
