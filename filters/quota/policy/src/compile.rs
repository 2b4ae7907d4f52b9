//! From the config as it is written to one that can only be right.

mod key;
mod limit;
mod service;

use std::time::Duration;

use hachure_config::{ConfigErrors, Path, Problems};
use hachure_exchange::Setup;

use crate::config::{self, Config, Fields, Store};
use crate::counters::Refusals;
use crate::policy::Quota;
use crate::secret::Secret;
use crate::service::Service;

/// Limits of one filter: what they count stays within the series that a filter may have.
const MAX_LIMITS: usize = 16;

/// Finds everything that is wrong in a config, or compiles it.
pub(crate) fn compile(config: Config, setup: Setup<'_>) -> Result<Quota, ConfigErrors> {
    let root = Path::ROOT;
    let mut problems = Problems::default();
    let path = root.key("limits");
    if config.limits.is_empty() || config.limits.len() > MAX_LIMITS {
        let found = format!("{} of them", config.limits.len());
        problems.add(&path, "1 to 16 limits", &found);
    }
    for (i, limit) in config.limits.iter().enumerate() {
        let others = config.limits.iter().take(i);
        if others.clone().any(|other| other.name == limit.name) {
            let here = path.index(i);
            problems.add_text(
                &here.key("name"),
                "a name that no other limit has",
                &limit.name,
            );
        }
    }
    check_fields(&config.headers, &mut problems);
    if !(400..=599).contains(&config.status) {
        let found = config.status.to_string();
        problems.add(&root.key("status"), "a status from 400 to 599", &found);
    }
    let shared = Setup {
        metrics: setup.metrics,
        plugin: "",
        seed: setup.seed,
    };
    let secret = Secret::new(shared.scope(&[b"quota", b"secret"]), setup.seed);
    let metrics = shared.metrics;
    let service = config.service.map(|service| {
        check_service(&service, &mut problems);
        Service {
            upstream: config.upstreams.resolve(&service.upstream).to_owned(),
            domain: service.domain,
            timeout: Duration::from_millis(service.timeout.milliseconds()),
        }
    });
    let asks = config.limits.iter().any(|l| l.store == Store::Service);
    match &service {
        None if asks => {
            let expected = "where the service is, because a limit has store: service";
            problems.add(&root.key("service"), expected, "nothing");
        }
        Some(_) if !asks => {
            let expected = "no service, or a limit with store: service";
            problems.add(&root.key("service"), expected, "no such limit");
        }
        _ => {}
    }
    let mut limits = vec![];
    for (i, limit) in config.limits.into_iter().enumerate() {
        let setup = Setup {
            metrics: &mut *metrics,
            plugin: setup.plugin,
            seed: setup.seed,
        };
        limits.extend(limit::compile(limit, &path.index(i), setup, &mut problems));
    }
    problems.none()?;
    Ok(Quota {
        limits,
        service,
        headers: config.headers,
        status: config.status,
        secret,
        refusals: Refusals::new(metrics)?,
    })
}

fn check_service(service: &config::Service, problems: &mut Problems) {
    let path = Path::ROOT.key("service");
    if service.domain.is_empty() {
        problems.add(&path.key("domain"), "the name of a domain", "\"\"");
    }
    if !(1..=10_000).contains(&service.timeout.milliseconds()) {
        let found = format!("\"{}\"", service.timeout);
        problems.add(&path.key("timeout"), "a time from 1ms to 10s", &found);
    }
}

fn check_fields(headers: &[Fields], problems: &mut Problems) {
    let path = Path::ROOT.key("headers");
    for (i, fields) in headers.iter().enumerate() {
        let others = headers.get(..i).unwrap_or_default();
        let expected = if others.contains(fields) {
            "each kind of field once"
        } else if *fields != Fields::Ietf && others.iter().any(|other| *other != Fields::Ietf) {
            "draft03 or xRateLimit, not both: they are the same fields"
        } else {
            continue;
        };
        problems.add(&path.index(i), expected, "another one");
    }
}
