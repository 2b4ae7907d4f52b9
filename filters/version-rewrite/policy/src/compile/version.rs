//! `versions[]`, compiled.

use hachure_config::{ConfigErrors, Path, Problems, UnixTime};
use hachure_exchange::Metrics;
use hachure_json::Operation;

use super::{transform, upstream};
use crate::config::{self, Links, Status};
use crate::counters;
use crate::link::Link;
use crate::names::is_version_name;
use crate::upstream::Upstream;
use crate::versions::{Date, Version, Versions};

/// Every name and alias is well formed and there once.
pub(super) fn check_names(versions: &[config::Version], path: &Path<'_>, problems: &mut Problems) {
    if versions.is_empty() {
        problems.add(path, "at least one version", "[]");
    }
    let mut seen: Vec<&str> = vec![];
    for (i, version) in versions.iter().enumerate() {
        let here = path.index(i);
        check_name(&version.name, &mut seen, &here.key("name"), problems);
        let aliases = here.key("aliases");
        for (j, alias) in version.aliases.iter().enumerate() {
            check_name(alias, &mut seen, &aliases.index(j), problems);
        }
    }
}

fn check_name<'c>(
    name: &'c str,
    seen: &mut Vec<&'c str>,
    here: &Path<'_>,
    problems: &mut Problems,
) {
    if !is_version_name(name) {
        let expected = "a letter or digit, then up to 63 letters, digits, ., _ or -";
        problems.add_text(here, expected, name);
    } else if seen.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let expected = "a name that no other version or alias has, whatever its case";
        problems.add_text(here, expected, name);
    }
    seen.push(name);
}

/// What a version is made of besides its names and dates.
pub(super) struct Compiled {
    links: Vec<Link>,
    upstream: Upstream,
    request: Vec<Operation>,
    response: Vec<Operation>,
}

/// The links, the upstream and the operations of each version.
pub(super) fn compile(
    versions: &[config::Version],
    has_types: bool,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Vec<Compiled> {
    let mut compiled = vec![];
    for (i, version) in versions.iter().enumerate() {
        let here = path.index(i);
        check_dates(version, &here, problems);
        let links = links(&version.links, &here.key("links"), problems);
        let upstream = match &version.upstream {
            Some(it) => upstream::compile(it, has_types, &here.key("upstream"), problems),
            None => Upstream::default(),
        };
        compiled.push(Compiled {
            links,
            upstream,
            request: transform::compile(&version.request, &here.key("request"), problems),
            response: transform::compile(&version.response, &here.key("response"), problems),
        });
    }
    compiled
}

/// Names the counters, as the last step: an error there is about all versions together.
pub(super) fn count(
    versions: Vec<config::Version>,
    compiled: Vec<Compiled>,
    consumers: &[String],
    metrics: &mut Metrics,
) -> Result<Versions, ConfigErrors> {
    let mut counted = vec![];
    for (version, compiled) in versions.into_iter().zip(compiled) {
        let name = &version.name;
        let deprecation = date(version.deprecated_at, "past_deprecation", name, metrics)?;
        let sunset = date(version.sunset_at, "past_sunset", name, metrics)?;
        let requests = counters::of_requests(metrics, name, consumers)?;
        let mut names = version.aliases;
        names.insert(0, version.name);
        counted.push(Version {
            names,
            status: version.status,
            deprecation,
            sunset,
            links: compiled.links,
            upstream: compiled.upstream,
            request: compiled.request,
            response: compiled.response,
            requests,
        });
    }
    Ok(Versions(counted))
}

fn date(
    at: Option<UnixTime>,
    event: &'static str,
    name: &str,
    metrics: &mut Metrics,
) -> Result<Option<Date>, ConfigErrors> {
    let Some(at) = at else { return Ok(None) };
    let past = metrics.counter(event, &[("version", name)])?;
    Ok(Some(Date { at, past }))
}

/// A status goes with its dates, whatever the time is: a config must not become wrong by waiting.
fn check_dates(version: &config::Version, here: &Path<'_>, problems: &mut Problems) {
    let dates = [
        ("deprecatedAt", version.deprecated_at),
        ("sunsetAt", version.sunset_at),
    ];
    if version.status == Status::Active {
        for (key, date) in dates {
            let Some(date) = date else { continue };
            let expected = "no date, because status is active: a version that is to end has the \
                            status deprecated, and its dates may lie ahead";
            problems.add_text(&here.key(key), expected, &date.rfc3339());
        }
    }
    if version.status == Status::Deprecated && version.deprecated_at.is_none() {
        let expected = "the date of the deprecation, because status is deprecated and the \
                        Deprecation header is a date (RFC 9745)";
        problems.add(&here.key("deprecatedAt"), expected, "nothing");
    }
    if let (Some(deprecated), Some(sunset)) = (version.deprecated_at, version.sunset_at)
        && sunset < deprecated
    {
        let expected = format!("not before deprecatedAt, {}", deprecated.rfc3339());
        problems.add_text(&here.key("sunsetAt"), &expected, &sunset.rfc3339());
    }
}

fn links(links: &Links, here: &Path<'_>, problems: &mut Problems) -> Vec<Link> {
    let all = [
        ("deprecation", &links.deprecation, "deprecation"),
        ("sunset", &links.sunset, "sunset"),
        ("successor", &links.successor, "successor-version"),
    ];
    let mut compiled = vec![];
    for (key, target, relation) in all {
        let Some(target) = target else { continue };
        match Link::new(key, relation, target) {
            Some(link) => compiled.push(link),
            None => {
                let expected = "an http or https URL, or a path that begins with /, with \
                                everything else percent-encoded";
                problems.add_text(&here.key(key), expected, target);
            }
        }
    }
    compiled
}
