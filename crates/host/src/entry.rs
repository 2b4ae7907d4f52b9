//! The module's own callbacks, in the place of the SDK's: the build exports them under the SDK's names.
//!
//! A policy's phase answers Continue or Pause, and the ABI has more answers. Pause for headers holds the
//! headers alone where `allow_on_headers_stop_iteration` is set: Envoy then asks about the body,
//! and Continue there, or no callback for it, lets the headers go too. So a Pause holds everything
//! ([`EVERYTHING`]), unless headers wait for their body. Pause for a body makes Envoy keep what is
//! left of the chunk and hold the next one against its buffer limit; [`NOTHING`] keeps nothing.

use std::cell::Cell;

use proxy_wasm::types::Action;

use crate::streams;

/// Envoy's `FilterDataStatus::StopIterationNoBuffer`.
const NOTHING: u32 = 3;
/// Envoy's `FilterHeadersStatus::StopAllIterationAndWatermark`.
const EVERYTHING: u32 = 4;

thread_local! {
    static HEADERS_ALONE: Cell<bool> = const { Cell::new(false) };
    static KEEP_NOTHING: Cell<bool> = const { Cell::new(false) };
}

/// Makes the Pause that the header callback is about to return hold the headers alone.
pub(crate) fn hold_headers_alone() {
    let _ = HEADERS_ALONE.try_with(|alone| alone.set(true));
}

/// What Envoy is to be told where a header phase came to `action`.
fn headers_verdict(action: Action) -> u32 {
    let alone = HEADERS_ALONE.try_with(|alone| alone.replace(false)) == Ok(true);
    match action {
        Action::Pause if !alone => EVERYTHING,
        action => action as u32,
    }
}

/// Makes the Pause that the body callback is about to return keep nothing of the chunk.
pub(crate) fn keep_nothing() {
    let _ = KEEP_NOTHING.try_with(|nothing| nothing.set(true));
}

/// What Envoy is to be told where a body phase came to `action`.
fn body_verdict(action: Action) -> u32 {
    let nothing = KEEP_NOTHING.try_with(|nothing| nothing.replace(false)) == Ok(true);
    match action {
        Action::Pause if nothing => NOTHING,
        action => action as u32,
    }
}

/// `proxy_on_context_create`: of a root context, or of a stream of that root context.
pub fn context_create(id: u32, root: u32) {
    match root {
        0 => streams::begin_root(id),
        root => streams::begin(id, root),
    }
}

/// `proxy_on_vm_start`, of a root context.
pub fn vm_start(id: u32, size: usize) -> bool {
    streams::enter_root(id, |root| root.on_vm_start(size)) == Some(true)
}

/// `proxy_on_configure`, of a root context.
pub fn configure(id: u32, size: usize) -> bool {
    streams::enter_root(id, |root| root.on_configure(size)) == Some(true)
}

/// `proxy_on_tick`, of a root context.
pub fn tick(id: u32) {
    streams::enter_root(id, |root| root.on_tick());
}

/// `proxy_on_delete`.
pub fn delete(id: u32) {
    streams::end(id);
}

/// `proxy_on_request_headers`.
pub fn request_headers(id: u32, count: usize, end: bool) -> u32 {
    let action = streams::enter(id, |stream| stream.on_http_request_headers(count, end));
    headers_verdict(action)
}

/// `proxy_on_response_headers`.
pub fn response_headers(id: u32, count: usize, end: bool) -> u32 {
    let action = streams::enter(id, |stream| stream.on_http_response_headers(count, end));
    headers_verdict(action)
}

/// `proxy_on_request_body`.
pub fn request_body(id: u32, size: usize, end: bool) -> u32 {
    body_verdict(streams::enter(id, |stream| {
        stream.on_http_request_body(size, end)
    }))
}

/// `proxy_on_response_body`.
pub fn response_body(id: u32, size: usize, end: bool) -> u32 {
    body_verdict(streams::enter(id, |stream| {
        stream.on_http_response_body(size, end)
    }))
}

/// `proxy_on_request_trailers`.
pub fn request_trailers(id: u32, count: usize) -> u32 {
    streams::enter(id, |stream| stream.on_http_request_trailers(count)) as u32
}

/// `proxy_on_response_trailers`.
pub fn response_trailers(id: u32, count: usize) -> u32 {
    streams::enter(id, |stream| stream.on_http_response_trailers(count)) as u32
}

#[cfg(target_family = "wasm")]
mod exports {
    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_context_create(id: u32, root: u32) {
        super::context_create(id, root);
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_vm_start(id: u32, size: usize) -> bool {
        super::vm_start(id, size)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_configure(id: u32, size: usize) -> bool {
        super::configure(id, size)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_tick(id: u32) {
        super::tick(id);
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_delete(id: u32) {
        super::delete(id);
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_request_headers(id: u32, count: usize, end: bool) -> u32 {
        super::request_headers(id, count, end)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_response_headers(id: u32, count: usize, end: bool) -> u32 {
        super::response_headers(id, count, end)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_request_body(id: u32, size: usize, end: bool) -> u32 {
        super::request_body(id, size, end)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_response_body(id: u32, size: usize, end: bool) -> u32 {
        super::response_body(id, size, end)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_request_trailers(id: u32, count: usize) -> u32 {
        super::request_trailers(id, count)
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_response_trailers(id: u32, count: usize) -> u32 {
        super::response_trailers(id, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTINUE: u32 = 0;
    const PAUSE: u32 = 1;

    #[test]
    fn headers_that_pause_hold_everything_unless_they_wait_for_their_body() {
        let (go, stop) = (Action::Continue, Action::Pause);
        assert_eq!(headers_verdict(go), CONTINUE);
        assert_eq!(headers_verdict(stop), EVERYTHING);
        hold_headers_alone();
        assert_eq!(headers_verdict(stop), PAUSE);
        assert_eq!(headers_verdict(stop), EVERYTHING);
    }

    #[test]
    fn only_the_pause_that_asked_for_it_keeps_nothing() {
        let (go, stop) = (Action::Continue, Action::Pause);
        assert_eq!((body_verdict(go), body_verdict(stop)), (CONTINUE, PAUSE));
        keep_nothing();
        assert_eq!(body_verdict(stop), NOTHING);
        assert_eq!(body_verdict(stop), PAUSE);
        keep_nothing();
        assert_eq!(body_verdict(go), CONTINUE);
        assert_eq!(body_verdict(stop), PAUSE);
    }
}
