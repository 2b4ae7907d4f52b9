//! Nothing is admitted above an exact limit, whatever the number of workers and the load.

use std::thread;
use std::time::{Duration, Instant};

use hachure_config::UnixTime;
use hachure_e2e::cases::Clock;
use hachure_e2e::setup;
use hachure_envoy::{Bootstrap, Options, Process};
use serde_json::json;

use crate::load::{Statuses, one_key, send};
use crate::{listener, quota};

const CONNECTIONS: u64 = 12;

/// Two, five and ten times as many requests as a window has units, which all come at once.
#[test]
fn a_quota_admits_exactly_its_limit() {
    for workers in [1, 2, 4] {
        for (limit, each) in [(600, 100), (600, 250), (240, 200)] {
            let config = json!({"limits": [{
                "name": "daily",
                "quota": {"limit": limit, "window": "year"},
                "acceptLoss": true,
                "key": [{"header": "x-key"}],
            }]});
            let bootstrap = Bootstrap::new().listener(listener(quota(config)));
            let envoy = setup::start(&bootstrap, workers);
            let address = envoy.process.address("main").unwrap();
            let statuses = send(address, CONNECTIONS, each, one_key);
            let refused = CONNECTIONS * each - limit;
            let expected = Statuses::from([(200, limit), (429, refused)]);
            assert_eq!(statuses, expected, "{workers} workers");
        }
    }
}

/// What a rate admits in a stretch of time: its burst and what came back, and not much less.
#[test]
fn a_rate_admits_its_burst_and_what_comes_back() {
    for workers in [1, 2, 4] {
        let config = json!({"limits": [{
            "name": "fast",
            "rate": {"limit": 300, "per": "1s", "burst": 50},
        }]});
        let bootstrap = Bootstrap::new().listener(listener(quota(config)));
        let envoy = setup::start(&bootstrap, workers);
        let address = envoy.process.address("main").unwrap();
        let begin = Instant::now();
        let statuses = send(address, CONNECTIONS, 250, one_key);
        let most = 50.0 + 300.0 * begin.elapsed().as_secs_f64();
        let admitted = statuses[&200] as f64;
        assert!(admitted <= most, "{workers} workers: {admitted} > {most}");
        assert!(admitted >= 50.0, "{workers} workers: {admitted}");
        assert_eq!(statuses.values().sum::<u64>(), CONNECTIONS * 250);
    }
}

/// A fixed window admits its limit on either side of its edge, and no more while the load goes on.
#[test]
fn an_edge_begins_one_window() {
    let limit = 200;
    for workers in [1, 2, 4] {
        let config = json!({"limits": [{
            "name": "hourly",
            "quota": {"limit": limit, "window": "hour"},
        }]});
        let folder = setup::scratch();
        let time = |text| UnixTime::parse_rfc3339(text).unwrap();
        let clock = Clock::new(folder.path(), time("2026-01-31T11:59:59Z"));
        let options = clock.wind(Options::new(folder.path()).concurrency(workers));
        let bootstrap = Bootstrap::new().listener(listener(quota(config)));
        let process = Process::start(&setup::envoy(), &bootstrap, &options).unwrap();
        let address = process.address("main").unwrap();
        let load = thread::spawn(move || send(address, CONNECTIONS, 300, one_key));
        // The first window is used up when something is refused.
        let refused = || process.stats(r"quota\.request\..*\.exceeded$").unwrap();
        while refused().values().all(|count| *count == 0) {
            thread::sleep(Duration::from_millis(10));
        }
        clock.set(time("2026-01-31T12:00:00Z"));
        let mut admitted = load.join().unwrap()[&200];
        // On a machine that is slow the load may have ended before the clock moved.
        admitted += send(address, CONNECTIONS, 100, one_key)
            .get(&200)
            .copied()
            .unwrap_or(0);
        assert_eq!(admitted, 2 * limit, "{workers} workers");
    }
}
