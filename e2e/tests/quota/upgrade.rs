//! What a new version of the module, or of its config, does to counters that run.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use hachure_e2e::{ListenerFile, setup};
use hachure_envoy::{Listener, Options, Process, Route, WasmFilter};
use serde_json::{Value, json};

use crate::load::Connection;

fn config(limit: u64) -> Value {
    json!({"limits": [{
        "name": "yearly",
        "quota": {"limit": limit, "window": "year"},
        "acceptLoss": true,
    }]})
}

/// A listener on that port whose filter comes from `module`; `generation` tells them apart.
fn listener(module: &std::path::Path, limit: u64, generation: &str) -> Listener {
    let filter = WasmFilter::new(&setup::entry("quota"), "limits", module, config(limit));
    Listener::new("main")
        .filter(filter)
        .route(Route::prefix("/").direct(200, generation))
}

/// Waits until a new connection is answered by that generation or refused by its filter.
fn until(process: &Process, what: &str, good: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !good() {
        assert!(Instant::now() < limit, "{what}: {:?}", process.log());
        thread::sleep(Duration::from_millis(50));
    }
}

/// How many of `count` requests pass.
fn passed(process: &Process, count: usize) -> usize {
    let mut connection = Connection::open(process.address("main").unwrap());
    (0..count).filter(|_| connection.get("a") == 200).count()
}

#[test]
fn counters_outlive_an_upgrade() {
    let folder = setup::scratch();
    let listeners = ListenerFile::new(folder.path());
    let binary = setup::envoy();
    let old = setup::module("quota");
    // Other bytes, and so another digest and other VMs: a custom section of the name `x`.
    let new = folder.path().join("new.wasm");
    let mut bytes = fs::read(&old).unwrap();
    bytes.extend([0, 2, 1, b'x']);
    fs::write(&new, bytes).unwrap();

    let write = |module, limit, generation| {
        listeners.write([listener(module, limit, generation).to_json(binary.version())]);
    };
    write(&old, 10, "one");
    let options = Options::new(folder.path()).concurrency(2);
    let process = Process::start(&binary, &listeners.bootstrap(), &options).unwrap();
    assert_eq!(passed(&process, 4), 4);

    let updates = || {
        let stats = process.stats(r"^listener_manager\.lds\.update_success$");
        stats.unwrap()["listener_manager.lds.update_success"]
    };
    let before = updates();
    write(&new, 10, "two");
    until(&process, "the new module", || updates() > before);
    // Six are left: the new module counts on in the cells of the old one.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(passed(&process, 20), 6);

    // A limit that is raised goes on from what was used.
    let before = updates();
    write(&new, 13, "three");
    until(&process, "the new limit", || updates() > before);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(passed(&process, 20), 3);
}
