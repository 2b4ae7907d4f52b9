//! More keys than slots: Envoy's memory stays where it is, and what is counted stays counted.

use hachure_e2e::setup;
use hachure_envoy::{Bootstrap, Process};
use serde_json::json;

use crate::load::{Connection, send};
use crate::{listener, quota};

fn allocated(process: &Process) -> u64 {
    process.stats(r"^server\.memory_allocated$").unwrap()["server.memory_allocated"]
}

#[test]
fn keys_beyond_the_slots_do_not_grow_memory() {
    let config = json!({"limits": [{
        "name": "many",
        "rate": {"limit": 1, "per": "1h", "burst": 2},
        "key": [{"header": "x-key"}],
        "slots": 1024,
    }]});
    let bootstrap = Bootstrap::new().listener(listener(quota(config)));
    let envoy = setup::start(&bootstrap, 2);
    let address = envoy.process.address("main").unwrap();
    let mut first = Connection::open(address);
    let statuses = [(); 3].map(|()| first.get("first"));
    assert_eq!(statuses, [200, 200, 429]);
    // Every slot is taken after this, and what remains is the same again and again.
    send(address, 4, 2_500, |a, b| format!("warm-{a}-{b}"));
    let before = allocated(&envoy.process);
    let statuses = send(address, 4, 7_500, |a, b| format!("key-{a}-{b}"));
    let after = allocated(&envoy.process);
    // A rate lets pass what it has no slot for, and says so.
    assert_eq!(statuses[&200], 30_000);
    let counters = envoy.process.stats(r"quota\.request\..*\.full$").unwrap();
    assert!(counters.values().sum::<u64>() > 25_000, "{counters:?}");
    assert_eq!(first.get("first"), 429, "a live key gave way");
    let grown = after.saturating_sub(before);
    assert!(grown < 1 << 20, "30,000 keys took {grown} bytes");
}
