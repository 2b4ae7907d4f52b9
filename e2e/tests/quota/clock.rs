//! A clock that jumps, back and forth: nobody gets more than one burst or window for a jump, and
//! nobody is locked out.

use hachure_config::UnixTime;
use hachure_e2e::cases::Clock;
use hachure_e2e::setup;
use hachure_envoy::{Bootstrap, Options, Process};
use serde_json::{Value, json};

use crate::load::{one_key, send};
use crate::{listener, quota};

/// Sends eight requests at each of those times, and says how many of them passed.
fn passed(limit: Value, times: &[&str]) -> Vec<u64> {
    let time = |text: &str| UnixTime::parse_rfc3339(text).unwrap();
    let folder = setup::scratch();
    let clock = Clock::new(folder.path(), time(times[0]));
    let options = clock.wind(Options::new(folder.path()).concurrency(2));
    let bootstrap = Bootstrap::new().listener(listener(quota(json!({"limits": [limit]}))));
    let process = Process::start(&setup::envoy(), &bootstrap, &options).unwrap();
    let address = process.address("main").unwrap();
    let at = |text: &&str| {
        clock.set(time(text));
        let statuses = send(address, 4, 2, one_key);
        statuses.get(&200).copied().unwrap_or(0)
    };
    times.iter().map(at).collect()
}

#[test]
fn a_quota_survives_clocks_that_jump() {
    let quota = json!({"name": "hourly", "quota": {"limit": 5, "window": "hour"}});
    let times = [
        ("2026-01-31T12:30:00Z", 5),
        // Set back into another window: what was used counts there too.
        ("2026-01-31T10:00:00Z", 0),
        ("2026-01-30T10:00:00Z", 0),
        // The next window by the new time.
        ("2026-01-30T11:00:00Z", 5),
        // Far ahead: one window more.
        ("2036-01-31T12:00:00Z", 5),
        ("2036-01-31T12:59:59Z", 0),
        // And back to the true time.
        ("2026-01-31T12:31:00Z", 0),
        ("2026-01-31T13:00:00Z", 5),
    ];
    let (times, expected): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    assert_eq!(passed(quota, &times), expected);
}

#[test]
fn a_rate_survives_clocks_that_jump() {
    let rate = json!({"name": "slow", "rate": {"limit": 5, "per": "1h"}});
    let times = [
        ("2026-01-31T12:30:00Z", 5),
        // Set back: nothing has come back, and the next comes by the new time.
        ("2026-01-31T10:00:00Z", 0),
        ("2026-01-31T10:12:00Z", 1),
        // Far ahead: one burst.
        ("2036-01-31T12:00:00Z", 5),
        ("2036-01-31T12:11:59Z", 0),
        ("2026-01-31T12:31:00Z", 0),
        ("2026-01-31T12:55:00Z", 2),
    ];
    let (times, expected): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    assert_eq!(passed(rate, &times), expected);
}
