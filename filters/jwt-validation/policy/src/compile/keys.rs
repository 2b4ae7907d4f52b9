//! `providers[].keys`, compiled.

use std::rc::Rc;

use hachure_config::{Duration, Path, Problems};
use hachure_jose::{AllowList, KeySet, Kind};

use super::provider::Shared;
use crate::config::{self, RemoteKeys};
use crate::keys::Keys;
use crate::remote::{Cells, Counters, Local, Pace, Place, Remote, Url};

const DISCOVERY: &str = "/.well-known/openid-configuration";

pub(super) fn compile(
    provider: &config::Provider,
    algorithms: AllowList,
    path: &Path<'_>,
    shared: &mut Shared<'_, '_, '_>,
) -> Option<Keys> {
    match &provider.keys {
        config::Keys::Inline(text) => {
            let place = path.key("inline");
            let set = inline(text, algorithms, &place, &mut shared.problems)?;
            Some(Keys::Inline(Rc::new(set)))
        }
        config::Keys::Remote(keys) => {
            let path = path.key("remote");
            if algorithms.iter().any(|alg| alg.is_symmetric()) {
                let expected = "inline keys for HS algorithms: a secret is not for fetching";
                shared.problems.add(&path, expected, "remote");
            }
            let place = place(provider, keys, &path, &mut shared.problems);
            let pace = pace(keys, &path, &mut shared.problems);
            let upstream = shared.upstreams.resolve(&keys.upstream).to_owned();
            let counters = Counters::new(&provider.name, shared.setup.metrics);
            let counters = shared.problems.keep(counters);
            let place = place?;
            // Whatever makes two sets of keys different: who asks, through whom, and for what.
            let [kind, authority, target, issuer] = place.parts();
            let scope = ["keys", &upstream, kind, authority, target, issuer].map(str::as_bytes);
            Some(Keys::Remote(Box::new(Remote {
                cells: Cells::new(shared.setup.scope(&scope)),
                place,
                upstream,
                algorithms,
                pace,
                counters: counters?,
                local: Local::default(),
            })))
        }
    }
}

fn place(
    provider: &config::Provider,
    keys: &RemoteKeys,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Place> {
    let expected = "an http or https URL without user and fragment";
    let mut read = |key, text: &str| {
        let url = Url::parse(text);
        if url.is_none() {
            problems.add_text(&path.key(key), expected, text);
        }
        url
    };
    match (&keys.url, &keys.discovery_url) {
        (Some(_), Some(_)) => {
            problems.add(path, "either url or discoveryUrl", "both");
            None
        }
        (Some(url), None) => read("url", url).map(Place::Set),
        (None, url) => {
            let below = || format!("{}{DISCOVERY}", provider.issuer.trim_end_matches('/'));
            let url = url.clone().unwrap_or_else(below);
            let url = read("discoveryUrl", &url)?;
            let issuer = provider.issuer.clone();
            Some(Place::Discovery { url, issuer })
        }
    }
}

fn pace(keys: &RemoteKeys, path: &Path<'_>, problems: &mut Problems) -> Pace {
    let second = Duration::from_seconds(1);
    let half_a_minute = Duration::from_seconds(30);
    let hour = Duration::from_seconds(3_600);
    let mut within = |key, value: Duration, least: Duration, most: Duration| {
        if value < least || value > most {
            let expected = format!("{least} to {most}");
            problems.add_text(&path.key(key), &expected, &value.to_string());
        }
        value.milliseconds()
    };
    let least = Duration::from_milliseconds(100);
    let day = Duration::from_seconds(24 * 3_600);
    let year = Duration::from_seconds(366 * 24 * 3_600);
    Pace {
        timeout: within("timeout", keys.timeout, least, half_a_minute),
        refresh: within("refresh", keys.refresh, second, day),
        max_stale: within("maxStale", keys.max_stale, keys.refresh, year),
        refetch: within("unknownKeyRefetch", keys.unknown_key_refetch, second, hour),
        wait: within("wait", keys.wait, Duration::default(), half_a_minute),
    }
}

/// Entries that are no usable keys do no harm, as in a set that is fetched; but one at least must
/// be for an algorithm that is accepted.
fn inline(
    text: &str,
    algorithms: AllowList,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<KeySet> {
    let Ok((set, skipped)) = KeySet::parse(text.as_bytes()) else {
        let expected = "a JWK Set as JSON text, of at most 64 KiB: {\"keys\": [...]}";
        problems.add(path, expected, "something else");
        return None;
    };
    let mut keys = set.keys().iter();
    if keys.any(|key| key.algs().iter().any(|alg| algorithms.contains(alg))) {
        return Some(set);
    }
    let is_secret = set.keys().iter().any(|key| key.kind() == Kind::Secret);
    let expected = match is_secret {
        true => {
            "a key for the algorithms that are accepted: HS256, HS384 and HS512 must be written \
             under algorithms"
        }
        false => "a usable key for the algorithms that are accepted",
    };
    let why = skipped.first().map_or(String::new(), |skipped| {
        format!(", the first because of {:?}", skipped.reason)
    });
    let found = format!(
        "{} for other algorithms and {} unusable{why}",
        set.keys().len(),
        skipped.len()
    );
    problems.add(path, expected, &found);
    None
}
