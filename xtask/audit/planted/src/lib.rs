//! The smallest module that passes the audit, and, by feature, the faults that must not.

use std::alloc::Layout;

const ANSWERS: [u32; 2] = [0, 1];

#[cfg(feature = "import")]
unsafe extern "C" {
    fn proxy_planted() -> u32;
}

#[cfg(feature = "size")]
static BALLAST: [u8; 200_000] = [7; 200_000];

/// Answers without a fault.
#[cfg(not(any(feature = "panic", feature = "import", feature = "size")))]
#[inline(never)]
fn decide(headers: usize) -> u32 {
    ANSWERS.get(headers).copied().unwrap_or_default()
}

/// Panics for the third header.
#[cfg(feature = "panic")]
#[inline(never)]
fn decide(headers: usize) -> u32 {
    ANSWERS[headers]
}

/// Asks the host for something that no host offers.
#[cfg(feature = "import")]
#[inline(never)]
fn decide(headers: usize) -> u32 {
    // SAFETY: it takes nothing and is never run.
    ANSWERS
        .get(headers)
        .copied()
        .unwrap_or_else(|| unsafe { proxy_planted() })
}

/// Carries ballast.
#[cfg(feature = "size")]
#[inline(never)]
fn decide(headers: usize) -> u32 {
    BALLAST
        .get(headers)
        .or(ANSWERS.first().map(|_| &0))
        .copied()
        .map_or(0, u32::from)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(_context: u32, headers: usize, _end: u32) -> u32 {
    decide(headers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(_context: u32, headers: usize, _end: u32) -> u32 {
    decide(headers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    match Layout::from_size_align(size, 1) {
        // SAFETY: the size is not 0.
        Ok(layout) if size > 0 => unsafe { std::alloc::alloc(layout) },
        _ => std::ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_vm_start(_context: u32, _size: usize) -> u32 {
    1
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(_context: u32, _size: usize) -> u32 {
    1
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(_context: u32, _root: u32) {}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(_context: u32) {}

/// The marker by which a host knows the ABI.
#[cfg(not(feature = "version"))]
#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

#[unsafe(no_mangle)]
extern "C" fn _initialize() {}
