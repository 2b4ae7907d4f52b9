//! The beginning and the end of a stream's context in the module.

use crate::callback::{Event, enter};
use crate::machine::{with, with_context};

/// Tells the module of the stream, before its first callback.
pub(super) fn create(id: u32) {
    if with_context(id, |context| !context.created && !context.deleted) {
        let root = with(|machine| machine.root);
        enter(id, Event::ContextCreate { root }, || {});
        with_context(id, |context| context.created = true);
    }
}

/// The stream is over: access log, done, forgotten. A context that no callback has reached yet is
/// made for the access log, as Envoy does.
pub(super) fn finish(id: u32) {
    if with_context(id, |context| context.deleted) {
        return;
    }
    create(id);
    enter(id, Event::Log, || {});
    enter(id, Event::Done, || {});
    enter(id, Event::Delete, || {});
    with_context(id, |context| context.deleted = true);
}

/// The stream is broken off.
pub(crate) fn reset(id: u32) {
    let news = with_context(id, |context| {
        let news = !context.over();
        context.reset |= news;
        news
    });
    if news {
        finish(id);
    }
}
