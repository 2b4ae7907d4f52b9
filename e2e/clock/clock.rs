//! A wall clock for one process under test.
//!
//! Preloaded (`LD_PRELOAD`), it answers for the wall clock from the file that
//! `HACHURE_TEST_CLOCK` names: seconds and nanoseconds since 1970, each an `i64` of this machine's
//! byte order. Where the nanoseconds are below zero, the clock goes, and the seconds are how far it
//! is ahead of the true one. The file is mapped, so that a test moves the clock by writing there.
//! Timers keep to the true monotonic clock. It allocates nothing: Envoy's allocator asks for the time while it
//! starts, which is why libfaketime, which allocates, hangs there.
#![no_std]

use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr::{null_mut, read_volatile};
use core::sync::atomic::{AtomicPtr, Ordering};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}

#[repr(C)]
pub struct TimeVal {
    seconds: i64,
    microseconds: i64,
}

#[link(name = "c")]
unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn getenv(name: *const c_char) -> *const c_char;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn close(file: c_int) -> c_int;
    fn mmap(at: *mut c_void, size: usize, access: c_int, flags: c_int, file: c_int, offset: i64)
    -> *mut c_void;
    fn abort() -> !;
}

#[cfg(target_arch = "x86_64")]
const SYS_CLOCK_GETTIME: c_long = 228;
#[cfg(target_arch = "aarch64")]
const SYS_CLOCK_GETTIME: c_long = 113;

const CLOCK_REALTIME: c_int = 0;
const CLOCK_REALTIME_COARSE: c_int = 5;
const O_RDONLY: c_int = 0;
const PROT_READ: c_int = 1;
const MAP_SHARED: c_int = 1;
const MAP_FAILED: *mut c_void = usize::MAX as *mut c_void;

static MAPPED: AtomicPtr<TimeSpec> = AtomicPtr::new(null_mut());

fn wall_clock() -> TimeSpec {
    let mut mapped = MAPPED.load(Ordering::Acquire);
    if mapped.is_null() {
        // Two threads may both map it: that does no harm.
        mapped = map();
        MAPPED.store(mapped, Ordering::Release);
    }
    // SAFETY: the mapping is as long as a TimeSpec and is never undone.
    let said = unsafe { read_volatile(mapped) };
    if said.nanoseconds >= 0 {
        return said;
    }
    let mut time = TimeSpec { seconds: 0, nanoseconds: 0 };
    // SAFETY: the kernel writes a TimeSpec.
    unsafe { syscall(SYS_CLOCK_GETTIME, CLOCK_REALTIME, &raw mut time) };
    time.seconds += said.seconds;
    time
}

fn map() -> *mut TimeSpec {
    // SAFETY: plain C calls with strings that end in NUL; each result is looked at.
    unsafe {
        let path = getenv(c"HACHURE_TEST_CLOCK".as_ptr());
        if path.is_null() {
            abort();
        }
        let file = open(path, O_RDONLY);
        let mapped = mmap(null_mut(), size_of::<TimeSpec>(), PROT_READ, MAP_SHARED, file, 0);
        if mapped == MAP_FAILED {
            abort();
        }
        close(file);
        mapped.cast()
    }
}

/// # Safety
/// As POSIX has it: `time` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut TimeSpec) -> c_int {
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && !time.is_null() {
        // SAFETY: the caller's promise.
        unsafe { time.write(wall_clock()) };
        return 0;
    }
    // SAFETY: the same arguments to the kernel.
    unsafe { syscall(SYS_CLOCK_GETTIME, clock, time) as c_int }
}

/// # Safety
/// As POSIX has it: `time` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut TimeVal, _zone: *mut c_void) -> c_int {
    let now = wall_clock();
    if !time.is_null() {
        let value = TimeVal { seconds: now.seconds, microseconds: now.nanoseconds / 1000 };
        // SAFETY: the caller's promise.
        unsafe { time.write(value) };
    }
    0
}

/// # Safety
/// As POSIX has it: `time` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(time: *mut i64) -> i64 {
    let now = wall_clock().seconds;
    if !time.is_null() {
        // SAFETY: the caller's promise.
        unsafe { time.write(now) };
    }
    now
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: no arguments.
    unsafe { abort() }
}
