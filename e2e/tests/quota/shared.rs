//! Whose counters they are: each instance's own, unless `shareAs` joins them.

use hachure_e2e::setup;
use hachure_envoy::{Bootstrap, Listener, Process, Route};
use serde_json::{Value, json};

use crate::load::Connection;

/// Two instances of one VM, a listener for each.
fn two(limit: Value) -> (setup::Running, [&'static str; 2]) {
    let names = ["one", "two"];
    let listener = |name: &str| {
        let config = json!({"limits": [limit]});
        Listener::new(name)
            .filter(setup::wasm("quota", name, config))
            .route(Route::prefix("/").direct(200, "hello"))
    };
    let bootstrap = names.map(listener).into_iter();
    let bootstrap = bootstrap.fold(Bootstrap::new(), Bootstrap::listener);
    (setup::start(&bootstrap, 2), names)
}

/// How many of five requests to that listener pass.
fn passed(process: &Process, name: &str) -> usize {
    let mut connection = Connection::open(process.address(name).unwrap());
    (0..5).filter(|_| connection.get("a") == 200).count()
}

#[test]
fn counters_are_an_instances_own_unless_they_are_shared() {
    let own = json!({"name": "three", "rate": {"limit": 3, "per": "24h"}});
    let (envoy, names) = two(own.clone());
    assert_eq!(names.map(|name| passed(&envoy.process, name)), [3, 3]);
    let mut joined = own;
    joined["shareAs"] = json!("both");
    let (envoy, names) = two(joined);
    assert_eq!(names.map(|name| passed(&envoy.process, name)), [3, 0]);
}
