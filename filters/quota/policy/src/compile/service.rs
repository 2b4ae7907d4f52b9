//! What a limit can be that a rate limit service counts: fixed windows from the epoch on.

use hachure_config::{Path, Problems};

use crate::config::{Limit, OnFailure, Period, RateAlgorithm};
use crate::service::messages::Unit;

/// The units of a limit of the service are 32 bits wide.
const MOST: u64 = 0xffff_ffff;

/// Finds what the service cannot do, and gives its name for the window.
pub(super) fn check(config: &Limit, here: &Path<'_>, problems: &mut Problems) -> Option<Unit> {
    let limits = config.plans.0.iter().map(|(_, plan)| plan.limit);
    let own = config.rate.as_ref().map(|rate| rate.limit);
    let own = own.or(config.quota.as_ref().map(|quota| quota.limit));
    if let Some(limit) = limits.chain(own).find(|limit| *limit > MOST) {
        problems.add(
            here,
            "at most 4294967295 units in a service",
            &limit.to_string(),
        );
    }
    match (&config.rate, &config.quota) {
        (Some(rate), _) => {
            let path = here.key("rate");
            if rate.algorithm == RateAlgorithm::Gcra {
                let expected = "fixedWindow: a rate limit service knows nothing else";
                problems.add(&path.key("algorithm"), expected, "\"gcra\"");
            }
            let bursts = config.plans.0.iter().filter_map(|(_, plan)| plan.burst);
            if let Some(burst) = rate.burst.into_iter().chain(bursts).next() {
                let expected = "no burst: a rate limit service has none";
                problems.add(&path.key("burst"), expected, &burst.to_string());
            }
            let unit = match rate.per.milliseconds() {
                1_000 => Some(Unit::Second),
                60_000 => Some(Unit::Minute),
                3_600_000 => Some(Unit::Hour),
                86_400_000 => Some(Unit::Day),
                _ => None,
            };
            if unit.is_none() {
                let expected = "1s, 1m, 1h or 24h: the windows that a rate limit service has";
                let found = format!("\"{}\"", rate.per);
                problems.add(&path.key("per"), expected, &found);
            }
            unit
        }
        (None, Some(quota)) => {
            if quota.utc_offset != "+00:00" {
                let expected = "no offset: the windows of a rate limit service begin in UTC";
                let path = here.key("quota");
                problems.add_text(&path.key("utcOffset"), expected, &quota.utc_offset);
            }
            Some(match quota.window {
                Period::Minute => Unit::Minute,
                Period::Hour => Unit::Hour,
                Period::Day => Unit::Day,
                Period::Week => Unit::Week,
                Period::Month => Unit::Month,
                Period::Year => Unit::Year,
            })
        }
        (None, None) => None,
    }
}

/// Finds what only the service does.
pub(super) fn check_none(config: &Limit, here: &Path<'_>, problems: &mut Problems) -> Option<Unit> {
    let rate = config.rate.as_ref();
    if rate.is_some_and(|rate| rate.algorithm == RateAlgorithm::FixedWindow) {
        let expected = "gcra, or store: service; a fixed window here is a quota";
        let path = here.key("rate");
        problems.add(&path.key("algorithm"), expected, "\"fixedWindow\"");
    }
    if let Some(on_failure) = config.on_failure {
        let found = match on_failure {
            OnFailure::Allow => "\"allow\"",
            OnFailure::Deny => "\"deny\"",
            OnFailure::Local => "\"local\"",
        };
        problems.add(&here.key("onFailure"), "nothing, or store: service", found);
    }
    None
}
