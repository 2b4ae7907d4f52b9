//! The module's own header and body callbacks, which stand before the SDK's.
//!
//! The SDK can answer Continue or Pause, and the ABI has more answers. Pause for headers holds the
//! headers alone where `allow_on_headers_stop_iteration` is set: Envoy then asks about the body,
//! and Continue there, or no callback for it, lets the headers go too. So a Pause holds everything
//! ([`EVERYTHING`]), unless headers wait for their body. Pause for a body makes Envoy keep what is
//! left of the chunk and hold the next one against its buffer limit; [`NOTHING`] keeps nothing. The
//! build exports these functions under the SDK's names.

use std::cell::Cell;

/// Envoy's `FilterDataStatus::StopIterationNoBuffer`.
const NOTHING: u32 = 3;
/// Envoy's `FilterHeadersStatus::StopAllIterationAndWatermark`.
const EVERYTHING: u32 = 4;
/// The SDK's Pause.
const PAUSE: u32 = 1;

thread_local! {
    static HEADERS_ALONE: Cell<bool> = const { Cell::new(false) };
    static KEEP_NOTHING: Cell<bool> = const { Cell::new(false) };
}

/// Makes the Pause that the header callback is about to return hold the headers alone.
pub(crate) fn hold_headers_alone() {
    let _ = HEADERS_ALONE.try_with(|alone| alone.set(true));
}

/// What Envoy is to be told where the SDK's header callback returned `action`.
pub fn headers_verdict(action: u32) -> u32 {
    let alone = HEADERS_ALONE.try_with(|alone| alone.replace(false)) == Ok(true);
    if action == PAUSE && !alone {
        EVERYTHING
    } else {
        action
    }
}

/// Makes the Pause that the body callback is about to return keep nothing of the chunk.
pub(crate) fn keep_nothing() {
    let _ = KEEP_NOTHING.try_with(|nothing| nothing.set(true));
}

/// What Envoy is to be told where the SDK's body callback returned `action`.
pub fn body_verdict(action: u32) -> u32 {
    let nothing = KEEP_NOTHING.try_with(|nothing| nothing.replace(false)) == Ok(true);
    if nothing && action == PAUSE {
        NOTHING
    } else {
        action
    }
}

#[cfg(target_family = "wasm")]
mod exports {
    use super::{body_verdict, headers_verdict};

    unsafe extern "C" {
        fn proxy_on_request_headers(context_id: u32, count: usize, end: bool) -> u32;
        fn proxy_on_response_headers(context_id: u32, count: usize, end: bool) -> u32;
        fn proxy_on_request_body(context_id: u32, size: usize, end: bool) -> u32;
        fn proxy_on_response_body(context_id: u32, size: usize, end: bool) -> u32;
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_request_headers(context_id: u32, count: usize, end: bool) -> u32 {
        // SAFETY: the SDK's callback takes plain numbers.
        headers_verdict(unsafe { proxy_on_request_headers(context_id, count, end) })
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_response_headers(context_id: u32, count: usize, end: bool) -> u32 {
        // SAFETY: the SDK's callback takes plain numbers.
        headers_verdict(unsafe { proxy_on_response_headers(context_id, count, end) })
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_request_body(context_id: u32, size: usize, end: bool) -> u32 {
        // SAFETY: the SDK's callback takes plain numbers.
        body_verdict(unsafe { proxy_on_request_body(context_id, size, end) })
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_response_body(context_id: u32, size: usize, end: bool) -> u32 {
        // SAFETY: the SDK's callback takes plain numbers.
        body_verdict(unsafe { proxy_on_response_body(context_id, size, end) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_pause_hold_everything_unless_they_wait_for_their_body() {
        assert_eq!(
            (headers_verdict(0), headers_verdict(PAUSE)),
            (0, EVERYTHING)
        );
        hold_headers_alone();
        assert_eq!(headers_verdict(PAUSE), PAUSE);
        assert_eq!(headers_verdict(PAUSE), EVERYTHING);
    }

    #[test]
    fn only_the_pause_that_asked_for_it_keeps_nothing() {
        assert_eq!((body_verdict(0), body_verdict(PAUSE)), (0, PAUSE));
        keep_nothing();
        assert_eq!(body_verdict(PAUSE), NOTHING);
        assert_eq!(body_verdict(PAUSE), PAUSE);
        keep_nothing();
        assert_eq!(body_verdict(0), 0);
        assert_eq!(body_verdict(PAUSE), PAUSE);
    }
}
