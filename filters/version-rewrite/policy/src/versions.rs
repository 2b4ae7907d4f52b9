//! The versions of a config, found by their names.

use hachure_config::UnixTime;
use hachure_exchange::{Counter, Touched};
use hachure_json::Operation;

use crate::bodies;
use crate::config::Status;
use crate::link::Link;
use crate::upstream::Upstream;

/// The place of a version in its config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VersionId(pub(crate) usize);

/// What a place in a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named<'v> {
    /// No version.
    Nothing,
    /// That version; the name or alias as the config spells it.
    Version(VersionId, &'v str),
    /// A version that the config does not have.
    Unknown,
}

impl Named<'_> {
    /// The version, where it is known.
    pub(crate) fn id(self) -> Option<VersionId> {
        match self {
            Named::Version(id, _) => Some(id),
            Named::Nothing | Named::Unknown => None,
        }
    }
}

/// One version, compiled.
#[derive(Debug)]
pub(crate) struct Version {
    /// The name, then the aliases.
    pub(crate) names: Vec<String>,
    pub(crate) status: Status,
    pub(crate) deprecation: Option<Date>,
    pub(crate) sunset: Option<Date>,
    pub(crate) links: Vec<Link>,
    pub(crate) upstream: Upstream,
    /// What is done to JSON bodies of clients, and of the upstream.
    pub(crate) request: Vec<Operation>,
    pub(crate) response: Vec<Operation>,
    /// Requests, by consumer in the order of the config; `other` last.
    pub(crate) requests: Vec<Counter>,
}

/// A date, and the counter of the requests after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Date {
    pub(crate) at: UnixTime,
    pub(crate) past: Counter,
}

impl Date {
    /// Whether it is `now` or has been.
    pub(crate) fn has_passed(self, now: UnixTime) -> bool {
        self.at <= now
    }
}

impl Version {
    /// The name, as responses and counters show it.
    pub(crate) fn name(&self) -> &str {
        self.names.first().map(String::as_str).unwrap_or_default()
    }

    /// What of a request for it may change.
    pub(crate) fn touches(&self) -> Touched {
        let upstream = &self.upstream;
        let headers = upstream
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase());
        let mut touched = Touched::names(headers);
        if upstream.path.is_some() {
            touched = touched.and(Touched::names([":path"]));
        }
        if upstream.media_type.is_some() {
            touched = touched.and(Touched::names(["accept", "content-type"]));
        }
        match self.request.is_empty() && self.response.is_empty() {
            true => touched,
            false => touched.and(bodies::touched()),
        }
    }

    /// Whether its requests are refused.
    pub(crate) fn has_ended(&self, enforce_sunset: bool, now: UnixTime) -> bool {
        self.status == Status::Sunset
            || enforce_sunset && self.sunset.is_some_and(|date| date.has_passed(now))
    }
}

/// All versions, in the order of the config.
#[derive(Debug)]
pub(crate) struct Versions(pub(crate) Vec<Version>);

impl Versions {
    /// What `text` names; case counts.
    pub(crate) fn find(&self, text: &[u8]) -> Named<'_> {
        self.find_by(|name| name.as_bytes() == text)
    }

    /// What `text` names where case does not count, as in media types.
    pub(crate) fn find_ignoring_case(&self, text: &[u8]) -> Named<'_> {
        self.find_by(|name| name.as_bytes().eq_ignore_ascii_case(text))
    }

    pub(crate) fn get(&self, VersionId(index): VersionId) -> Option<&Version> {
        self.0.get(index)
    }

    /// The names of those that have not ended.
    pub(crate) fn supported(&self, enforce_sunset: bool, now: UnixTime) -> Vec<&str> {
        let alive = self.0.iter().filter(|v| !v.has_ended(enforce_sunset, now));
        alive.map(Version::name).collect()
    }

    fn find_by(&self, same: impl Fn(&str) -> bool) -> Named<'_> {
        for (index, version) in self.0.iter().enumerate() {
            if let Some(name) = version.names.iter().find(|name| same(name)) {
                return Named::Version(VersionId(index), name);
            }
        }
        Named::Unknown
    }
}
