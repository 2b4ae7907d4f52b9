//! The module's own body callbacks, which stand before the SDK's.
//!
//! The SDK can answer Continue or Pause. Pause makes Envoy keep what is left of the chunk and hold
//! the next one against its buffer limit; a third answer of the ABI, which the SDK lacks, keeps
//! nothing ([`NOTHING`]). The build exports these functions under the SDK's names.

use std::cell::Cell;

/// proxy-wasm's `StopIterationNoBuffer`, as Envoy's filters know it.
const NOTHING: u32 = 3;
/// The SDK's Pause.
const PAUSE: u32 = 1;

thread_local! {
    static KEEP_NOTHING: Cell<bool> = const { Cell::new(false) };
}

/// Makes the Pause that the body callback is about to return keep nothing of the chunk.
pub(crate) fn keep_nothing() {
    KEEP_NOTHING.set(true);
}

/// What Envoy is to be told where the SDK's body callback returned `action`.
pub fn body_verdict(action: u32) -> u32 {
    let nothing = KEEP_NOTHING.replace(false);
    if nothing && action == PAUSE {
        NOTHING
    } else {
        action
    }
}

#[cfg(target_family = "wasm")]
mod exports {
    use super::body_verdict;

    unsafe extern "C" {
        fn proxy_on_request_body(context_id: u32, size: usize, end: bool) -> u32;
        fn proxy_on_response_body(context_id: u32, size: usize, end: bool) -> u32;
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
