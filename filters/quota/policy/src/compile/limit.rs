//! `limits[]`, compiled.

use std::cell::Cell;

use hachure_config::{Duration, Path, Problems};
use hachure_exchange::Setup;

use super::key::{self, check_header};
use super::service;
use crate::algorithm::{self, Algorithm, Allowance, Bucket, Calendar};
use crate::config::{self, Limit, OnFailure, OnFull, Period, PlanSource, Store};
use crate::cost::{Cost, InBody};
use crate::counters::OfLimit;
use crate::fields;
use crate::lease::Leases;
use crate::limit::{self, Plan, PlanFrom, Warn};
use crate::service::Remote;
use crate::service::messages::Unit;
use crate::table::Table;

/// What a structured field's integer can be (RFC 9651, 3.3.1).
const MAX_UNITS: u64 = 999_999_999_999_999;
const MAX_PLANS: usize = 64;
const MAX_BODY: u32 = 8 * 1024 * 1024;
/// A million a second: what rounding an interval up to whole nanoseconds costs stays below 0.1 %.
const MIN_INTERVAL: u64 = 1_000;
const DAY: u64 = 86_400_000_000_000;
/// What the cells mean; another layout gets other cells.
const LAYOUT: &[u8] = b"1";

pub(super) fn compile(
    config: Limit,
    here: &Path<'_>,
    setup: Setup<'_>,
    problems: &mut Problems,
) -> Option<limit::Limit> {
    check_name(&config.name, &here.key("name"), problems);
    if let Some(name) = &config.share_as {
        check_name(name, &here.key("shareAs"), problems);
    }
    if !(16..=1_048_576).contains(&config.slots) {
        let found = config.slots.to_string();
        problems.add(&here.key("slots"), "16 to 1048576 slots", &found);
    }
    check_lease(&config, &here.key("lease"), problems);
    let described = describe(&config);
    let kind = kind(&config, here, problems);
    let unit = match config.store {
        Store::Service => service::check(&config, here, problems),
        Store::Local => service::check_none(&config, here, problems),
    };
    let mut plans = plans(&config, kind.as_ref(), here, problems);
    let cost = cost(config.cost, &plans, &here.key("cost"), problems);
    let key = key::compile(config.key, &here.key("key"), problems);
    let warn = config.warn.map(|warn| {
        let path = here.key("warn");
        if !(1..=100).contains(&warn.at_percent) {
            let found = warn.at_percent.to_string();
            problems.add(&path.key("atPercent"), "1 to 100 percent", &found);
        }
        check_header(&warn.header, &path.key("header"), problems);
        Warn {
            at_percent: warn.at_percent,
            header: warn.header.to_ascii_lowercase(),
        }
    });
    let path = here.key("planFrom");
    let plan_from = match config.plan_from {
        PlanSource::Label(name) if name.is_empty() => {
            problems.add_text(&path.key("label"), "the name of a label", &name);
            None
        }
        PlanSource::Label(name) => Some(PlanFrom::Label(name)),
        PlanSource::Claim(text) => key::claim(&text, &path, problems).map(PlanFrom::Claim),
    };
    let algorithm = kind?;
    let on_full = config.on_full.unwrap_or(match algorithm {
        Algorithm::Rate { .. } => OnFull::Allow,
        Algorithm::Quota(_) => OnFull::Deny,
    });
    let owner = match config.share_as {
        Some(_) => "",
        None => setup.plugin,
    };
    let name = config.share_as.as_ref().unwrap_or(&config.name).as_bytes();
    let scope = Setup {
        metrics: &mut *setup.metrics,
        plugin: owner,
        seed: setup.seed,
    }
    .scope(&[b"quota", LAYOUT, name, &described]);
    let remote = (config.store == Store::Service).then(|| {
        let plugin = setup.plugin;
        Remote {
            name: match &config.share_as {
                Some(name) => name.clone(),
                None => format!("{plugin}/{}", config.name),
            },
            unit: unit.unwrap_or(Unit::Unknown),
        }
    });
    let on_failure = config.on_failure.unwrap_or(match algorithm {
        Algorithm::Rate { .. } => OnFailure::Local,
        Algorithm::Quota(_) => OnFailure::Deny,
    });
    let counters = OfLimit::new(&config.name, warn.is_some(), setup.metrics);
    let counters = problems.keep(counters)?;
    for plan in &mut plans {
        plan.policy = fields::policy(&config.name, plan.quota, plan.window);
    }
    Some(limit::Limit {
        plan_from: plan_from.filter(|_| plans.len() > 1),
        name: config.name,
        algorithm,
        plans,
        key,
        on_missing_key: config.on_missing_key,
        cost,
        warn,
        mode: config.mode,
        on_full,
        table: Table::new(scope, config.slots),
        sole: Cell::new(None),
        leases: Leases::new(config.lease),
        counters,
        remote,
        on_failure,
    })
}

/// What a counter depends on: a config that counts something else gets cells of its own, and one
/// that only raises a limit goes on counting.
fn describe(config: &Limit) -> Vec<u8> {
    let mut out = config.slots.to_le_bytes().to_vec();
    match &config.quota {
        None => out.push(0),
        Some(window) => {
            out.push(1);
            out.extend(window.window.name().as_bytes());
            out.extend(window.utc_offset.as_bytes());
        }
    }
    for part in &config.key {
        let (kind, text) = part.described();
        out.push(kind);
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }
    out
}

/// Units are taken ahead here, of what is known to be needed.
fn check_lease(config: &Limit, path: &Path<'_>, problems: &mut Problems) {
    let expected = if !(1..=1_000).contains(&config.lease) {
        "1 to 1000 units"
    } else if config.lease == 1 {
        return;
    } else if config.store == Store::Service {
        "no lease with store: service"
    } else if config.cost.is_told_later() {
        "no lease with a cost that only the response tells"
    } else {
        return;
    };
    problems.add(path, expected, &config.lease.to_string());
}

/// Limits' names stand in structured fields and in the names of metrics.
fn check_name(name: &str, path: &Path<'_>, problems: &mut Problems) {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || name.len() > 63 || !name.bytes().all(plain) {
        let expected = "1 to 63 lower-case letters, digits and -";
        problems.add_text(path, expected, name);
    }
}

fn kind(config: &Limit, here: &Path<'_>, problems: &mut Problems) -> Option<Algorithm> {
    match (&config.rate, &config.quota) {
        (Some(rate), None) => {
            let path = here.key("rate");
            let period = nanoseconds(rate.per);
            if period == 0 || period > DAY {
                let found = format!("\"{}\"", rate.per);
                problems.add(&path.key("per"), "a period of up to 24h", &found);
                return None;
            }
            Some(Algorithm::Rate { period })
        }
        (None, Some(window)) => {
            let path = here.key("quota");
            if window.window.is_long() && config.store == Store::Local && !config.accept_loss {
                let expected = "acceptLoss: true, because a local counter starts again when Envoy \
                                does and every Envoy counts by itself; or a shorter window";
                let found = format!("\"{}\"", window.window.name());
                problems.add(&path.key("window"), expected, &found);
            }
            let Some(offset) = offset(&window.utc_offset) else {
                let expected = "an offset as +02:00, from -12:00 to +14:00";
                problems.add_text(&path.key("utcOffset"), expected, &window.utc_offset);
                return None;
            };
            Some(Algorithm::Quota(Calendar {
                period: window.window.into(),
                offset,
            }))
        }
        (Some(_), Some(_)) => {
            problems.add(here, "rate or quota: two limits are two entries", "both");
            None
        }
        (None, None) => {
            problems.add(here, "rate or quota", "neither");
            None
        }
    }
}

/// The plan of everybody else, and then the others.
fn plans(
    config: &Limit,
    kind: Option<&Algorithm>,
    here: &Path<'_>,
    problems: &mut Problems,
) -> Vec<Plan> {
    let mut all = vec![];
    let path = here.key("plans");
    if config.plans.0.len() > MAX_PLANS {
        let found = format!("{} of them", config.plans.0.len());
        problems.add(&path, "at most 64 plans", &found);
    }
    let Some(kind) = kind else {
        return all;
    };
    let (place, limit, burst) = match (&config.rate, &config.quota) {
        (Some(rate), _) => (here.key("rate"), rate.limit, rate.burst),
        (None, Some(window)) => (here.key("quota"), window.limit, None),
        (None, None) => return all,
    };
    all.push(plan("", limit, burst, kind, &place, problems));
    for (name, config) in &config.plans.0 {
        let place = path.key(name);
        if name.is_empty() {
            problems.add(&place, "the name of a plan", "\"\"");
        }
        all.push(plan(
            name,
            config.limit,
            config.burst,
            kind,
            &place,
            problems,
        ));
    }
    all
}

fn plan(
    name: &str,
    limit: u64,
    burst: Option<u64>,
    kind: &Algorithm,
    place: &Path<'_>,
    problems: &mut Problems,
) -> Plan {
    let allowance = Allowance {
        limit,
        burst: burst.unwrap_or(limit),
    };
    for (key, units) in [("limit", limit), ("burst", allowance.burst)] {
        if !(1..=MAX_UNITS).contains(&units) {
            let expected = "1 to 999999999999999 units";
            problems.add(&place.key(key), expected, &units.to_string());
            break;
        }
    }
    let (quota, window) = match kind {
        Algorithm::Rate { period } => {
            if period.checked_div(limit).is_some_and(|i| i < MIN_INTERVAL) {
                let expected = "at most a million units a second";
                problems.add(&place.key("limit"), expected, &limit.to_string());
            }
            let bucket = Bucket::new(allowance, *period);
            if bucket.capacity() > 366_u64.saturating_mul(DAY) {
                let expected = "a burst that comes back within 366 days";
                problems.add(&place.key("burst"), expected, &allowance.burst.to_string());
            }
            (allowance.burst, bucket.window(allowance, *period))
        }
        Algorithm::Quota(calendar) => {
            if burst.is_some() {
                let expected = "no burst: a quota has none";
                problems.add(&place.key("burst"), expected, &allowance.burst.to_string());
            }
            (limit, calendar.length())
        }
    };
    Plan {
        name: name.to_owned(),
        allowance,
        quota,
        window,
        policy: String::new(),
    }
}

impl config::Cost {
    /// Whether only the response tells it.
    fn is_told_later(&self) -> bool {
        matches!(self, Self::ResponseHeader(_) | Self::ResponseBody(_))
    }
}

fn cost(config: config::Cost, plans: &[Plan], here: &Path<'_>, problems: &mut Problems) -> Cost {
    let least = plans
        .iter()
        .map(|plan| plan.quota)
        .min()
        .unwrap_or(u64::MAX)
        .max(1);
    let mut check = |path: &Path<'_>, cost: u64, most: u64, expected: &str| {
        if cost < 1 || cost > most {
            problems.add(path, expected, &cost.to_string());
        }
    };
    let fits = "at least 1, and no more than the smallest limit or burst gives at once";
    match config {
        config::Cost::Constant(cost) => {
            check(&here.key("constant"), cost, least, fits);
            Cost::Constant(cost)
        }
        config::Cost::Header(header) => {
            let path = here.key("header");
            check(
                &path.key("max"),
                header.max,
                MAX_UNITS,
                "1 to 999999999999999",
            );
            let default = header.default;
            check(&path.key("default"), default, header.max, "1 to max");
            check_header(&header.name, &path.key("name"), problems);
            Cost::Header {
                name: header.name,
                default,
                max: header.max,
            }
        }
        config::Cost::ResponseHeader(header) => {
            let path = here.key("responseHeader");
            check_header(&header.name, &path.key("name"), problems);
            Cost::ResponseHeader {
                name: header.name,
                default: header.default.min(MAX_UNITS),
                remove: header.remove,
            }
        }
        config::Cost::ResponseBody(body) => {
            let path = here.key("responseBody");
            if !(1..=MAX_BODY).contains(&body.max_body) {
                let found = body.max_body.to_string();
                problems.add(&path.key("maxBody"), "1 to 8388608 bytes", &found);
            }
            Cost::ResponseBody(InBody {
                path: key::pointer(&body.pointer, &path.key("pointer"), problems),
                default: body.default.min(MAX_UNITS),
                max_body: usize::try_from(body.max_body).unwrap_or(usize::MAX),
            })
        }
    }
}

/// Seconds of an offset as `+02:00`.
fn offset(text: &str) -> Option<i64> {
    let (sign, clock) = text.split_at_checked(1)?;
    let (hours, minutes) = clock.split_once(':')?;
    let two = |digits: &str, most: i64| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n: &i64| plain && *n <= most)
    };
    let minutes = two(hours, 14)?
        .checked_mul(60)?
        .checked_add(two(minutes, 59)?)?;
    let minutes = match sign {
        "+" => minutes,
        "-" => minutes.checked_neg()?,
        _ => return None,
    };
    (-720..=840)
        .contains(&minutes)
        .then(|| minutes.saturating_mul(60))
}

fn nanoseconds(duration: Duration) -> u64 {
    duration.milliseconds().saturating_mul(1_000_000)
}

impl Period {
    /// A day or more.
    fn is_long(self) -> bool {
        !matches!(self, Self::Minute | Self::Hour)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl From<Period> for algorithm::Period {
    fn from(period: Period) -> Self {
        match period {
            Period::Minute => Self::Minute,
            Period::Hour => Self::Hour,
            Period::Day => Self::Day,
            Period::Week => Self::Week,
            Period::Month => Self::Month,
            Period::Year => Self::Year,
        }
    }
}
