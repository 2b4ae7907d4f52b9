//! What units that workers take ahead cost in exactness.

use std::time::Duration;

use hachure_config::UnixTime;
use hachure_e2e::cases::Clock;
use hachure_e2e::setup;
use hachure_envoy::{Bootstrap, Options, Process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::load::{one_key, send};
use crate::{listener, quota};

/// Connections that each send one request: no worker is without one.
const MANY: u64 = 32;

/// An Envoy whose clock stands still.
struct Stopped {
    process: Process,
    clock: Clock,
    _folder: TempDir,
}

const NOON: &str = "2026-01-31T12:00:00Z";

impl Stopped {
    fn start(limit: Value, workers: u32) -> Self {
        let folder = setup::scratch();
        let clock = Clock::new(folder.path(), UnixTime::parse_rfc3339(NOON).unwrap());
        let options = clock.wind(Options::new(folder.path()).concurrency(workers));
        let bootstrap = Bootstrap::new().listener(listener(quota(json!({"limits": [limit]}))));
        let process = Process::start(&setup::envoy(), &bootstrap, &options).unwrap();
        Self {
            process,
            clock,
            _folder: folder,
        }
    }

    fn pass(&self, time: Duration) {
        let noon = UnixTime::parse_rfc3339(NOON).unwrap();
        let passed = u64::try_from(time.as_nanos()).unwrap();
        self.clock.set(UnixTime(noon.0 + passed));
    }

    /// How many of those requests pass.
    fn admitted(&self, connections: u64, each: u64) -> u64 {
        let address = self.process.address("main").unwrap();
        let statuses = send(address, connections, each, one_key);
        statuses.get(&200).copied().unwrap_or(0)
    }
}

/// A quota admits nothing above its limit; what other workers have taken ahead is refused too early.
#[test]
fn a_quota_with_leases_refuses_too_early_and_never_too_late() {
    let (limit, lease) = (1_000, 50);
    for workers in [2, 4] {
        let envoy = Stopped::start(
            json!({
                "name": "hourly",
                "quota": {"limit": limit, "window": "hour"},
                "lease": lease,
            }),
            workers,
        );
        let mut admitted = envoy.admitted(MANY, 1);
        assert_eq!(admitted, MANY);
        // One connection, and so one worker.
        admitted += envoy.admitted(1, 2 * limit);
        let early = limit - admitted;
        println!("{workers} workers, lease {lease}: {early} of {limit} units refused too early");
        assert!(early > 0, "nothing was taken ahead");
        assert!(early <= u64::from(workers) * (lease - 1), "{early}");
        // Whoever has them may still use them, and nobody more than that.
        admitted += envoy.admitted(MANY, 200);
        assert!(admitted <= limit, "{admitted}");
    }
}

/// A rate admits in no stretch of time more than its burst, what came back and one lease.
#[test]
fn a_rate_with_leases_admits_at_most_one_lease_too_many() {
    let (burst, lease) = (400, 100);
    for workers in [2, 4] {
        let envoy = Stopped::start(
            json!({
                "name": "fast",
                "rate": {"limit": 1_000, "per": "1s", "burst": burst},
                "lease": lease,
            }),
            workers,
        );
        assert_eq!(envoy.admitted(MANY, 1), MANY);
        // Units that were taken ahead are good for 100 ms, in which as many come back.
        envoy.pass(Duration::from_millis(99));
        let at_once = envoy.admitted(MANY, 40);
        let over = at_once - burst;
        println!("{workers} workers, lease {lease}: {over} above a burst of {burst}");
        assert!((1..=lease).contains(&over), "{over}");
    }
}

/// The same load without leases is exact.
#[test]
fn a_rate_without_leases_admits_its_burst() {
    let envoy = Stopped::start(
        json!({"name": "fast", "rate": {"limit": 1_000, "per": "1s", "burst": 400}}),
        4,
    );
    assert_eq!(envoy.admitted(MANY, 1), MANY);
    envoy.pass(Duration::from_secs(10));
    assert_eq!(envoy.admitted(MANY, 40), 400);
}
