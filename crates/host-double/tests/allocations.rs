//! Memory over many streams: what a stream allocates, it frees, on both sides of the ABI.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    unsafe_code,
    reason = "this is a test"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use hachure_casefile::Case;
use hachure_exchange::Policy;
use hachure_host_double::{Double, Fields, Vm};

struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

// SAFETY: everything is the system's; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(signed(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(signed(layout.size()), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const STREAMS: usize = 10_000;

/// One test for all, so that nothing else allocates meanwhile.
#[test]
fn ten_thousand_streams_leave_nothing_behind() {
    let before = LIVE.load(Ordering::Relaxed);
    std::mem::forget(vec![0_u8; 64]);
    assert_eq!(LIVE.load(Ordering::Relaxed) - before, 64, "a leak is seen");
    macro_rules! check {
        ($policy:ty) => {
            for case in cases(<$policy>::NAME) {
                balanced::<$policy>(&case);
            }
        };
    }
    hachure_registry::for_each_policy!(check);
}

/// A few of the filter's cases, spread over the list.
fn cases(filter: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../filters")
        .join(filter)
        .join("cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let cases = files
        .into_iter()
        .map(|file| Case::parse(&fs::read_to_string(file).unwrap()).unwrap());
    let running: Vec<_> = cases.filter(|case| case.config_error.is_none()).collect();
    let apart = running.len() / 2 + 1;
    running.into_iter().step_by(apart).collect()
}

fn balanced<P: Policy>(case: &Case) {
    let double = Double::new().plugin_config(case.config.to_string());
    let vm = double.start(hachure_host::start::<P>).unwrap();
    let messages: Vec<_> = case
        .steps
        .iter()
        .map(|step| {
            let upstream = step.upstream.clone().unwrap_or_default();
            let mut response = Fields::from(&upstream.headers.to_map());
            response.add(b":status", b"200");
            (Fields::from(&step.request.headers.to_map()), response)
        })
        .collect();
    run(&vm, &messages, STREAMS / 10);
    let before = LIVE.load(Ordering::Relaxed);
    run(&vm, &messages, STREAMS);
    let grown = LIVE.load(Ordering::Relaxed) - before;
    assert_eq!(
        grown,
        0,
        "{}, {}: bytes that nobody frees",
        P::NAME,
        case.title
    );
}

fn run(vm: &Vm, messages: &[(Fields, Fields)], streams: usize) {
    for (request, response) in messages.iter().cycle().take(streams) {
        let stream = vm.stream();
        stream.request_headers(request.clone(), true);
        stream.response_headers(response.clone(), true);
    }
}
