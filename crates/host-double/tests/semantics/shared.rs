//! Shared data and queues.

use std::time::Duration;

use hachure_host_double::Double;

use crate::{get, probe, seen, started};

#[test]
fn zero_overwrites_a_number_must_match_and_an_absent_key_takes_any() {
    let (double, vm) = probe(
        "request_headers: shared k a 77; shared k b max; shared k c 0; shared k d 77; \
         shared once 1 max; shared once 2 max",
    );
    vm.stream().request_headers(get(), true);
    assert_eq!(
        seen(&double)[1..7],
        [
            "shared k a 77 = ok",
            "shared k b max = error 8",
            "shared k c 0 = ok",
            "shared k d 77 = error 8",
            "shared once 1 max = ok",
            "shared once 2 max = error 8",
        ]
    );
    assert_eq!(double.shared_data("k"), Some(b"c".to_vec()));
    assert_eq!(double.shared_data("once"), Some(b"1".to_vec()));
}

#[test]
fn several_workers_count_exactly() {
    const WORKERS: u64 = 4;
    const EACH: u64 = 500;
    let double = Double::new()
        .vm_id("v")
        .plugin_config("request_headers: count n");
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let vm = double.start(crate::probe::start).unwrap();
                for _ in 0..EACH {
                    vm.stream().request_headers(get(), true);
                }
            });
        }
    });
    let counted = double.shared_data("n").unwrap();
    assert_eq!(counted, (WORKERS * EACH).to_le_bytes());
}

#[test]
fn shared_data_is_scoped_by_the_vm_id() {
    let first = Double::new().vm_id("a");
    let second = first.clone().vm_id("b");
    first.preset_shared_data("k", b"1");
    assert_eq!(first.shared_data("k"), Some(b"1".to_vec()));
    assert_eq!(second.shared_data("k"), None);
    assert_eq!(
        first.clone().plugin_name("other").shared_data("k"),
        Some(b"1".to_vec())
    );
}

#[test]
fn a_queue_wakes_the_worker_that_registered_it_last() {
    let script = "configure: dequeue q\nqueue_ready: dequeue q; dequeue q\n\
                  request_headers: enqueue q item";
    let (double, vm) = started(Double::new(), script);
    vm.stream().request_headers(get(), true);
    seen(&double);
    vm.settle();
    assert_eq!(
        seen(&double),
        ["queue_ready", "dequeue q = `item`", "dequeue q = error 7"]
    );
    vm.advance(Duration::from_secs(1));
    assert!(seen(&double).is_empty());
}
