//! From the config as it is written to one that can only be right.

mod source;
mod transform;
mod upstream;
mod version;

use hachure_config::{ConfigErrors, Path, Problems};
use hachure_exchange::Setup;

use crate::config::{self, Config, OnMissing, Status};
use crate::counters::Counters;
use crate::policy::VersionRewrite;
use crate::source::Source;
use crate::versions::{Version, VersionId, Versions};

/// Finds everything that is wrong in a config, or compiles it.
pub(crate) fn compile(config: Config, setup: Setup<'_>) -> Result<VersionRewrite, ConfigErrors> {
    let root = Path::ROOT;
    let mut problems = Problems::default();
    let sources = source::compile(&config.sources, &root.key("sources"), &mut problems);
    let has_types = sources.iter().any(|s| matches!(s, Source::Accept(_)));
    let place = root.key("versions");
    version::check_names(&config.versions, &place, &mut problems);
    let compiled = version::compile(&config.versions, has_types, &place, &mut problems);
    check_consumers(&config.consumers, &root.key("consumers"), &mut problems);
    check_reroute(&config, &mut problems);
    transform::check_bodies(&config, &mut problems);
    let default = default_of(&config, &mut problems);
    problems.none()?;
    let versions = version::count(config.versions, compiled, &config.consumers, setup.metrics)?;
    let transforms = |v: &Version| !v.request.is_empty() || !v.response.is_empty();
    let has_bodies = versions.0.iter().any(transforms);
    let moves_paths = versions.0.iter().any(|v| v.upstream.path.is_some());
    let reads_paths = sources.iter().any(|s| matches!(s, Source::Path(_)));
    let reads_query = sources.iter().any(|s| matches!(s, Source::Query(_)));
    Ok(VersionRewrite {
        owned_headers: owned_headers(&versions, &sources),
        needs_target: moves_paths || reads_paths || reads_query,
        decides_by_path: moves_paths || reads_paths,
        sources,
        conflict: config.conflict,
        versions,
        default,
        on_missing: config.on_missing,
        enforce_sunset: config.enforce_sunset,
        consumers: config.consumers,
        headers_held: config.headers_held,
        request_bodies: config.request_bodies,
        response_bodies: config.response_bodies,
        mode: config.mode,
        counters: Counters::new(setup.metrics, has_bodies)?,
    })
}

/// A change for the upstream may change the route: the config has to say that this is known.
fn check_reroute(config: &Config, problems: &mut Problems) {
    let changes = |v: &config::Version| {
        v.upstream.is_some() || !v.request.is_empty() || !v.response.is_empty()
    };
    if !config.reroute && config.versions.iter().any(changes) {
        let expected = "true, because a version has upstream, request or response: Envoy chooses \
                        the route again after any change to a request's headers, so attach this \
                        filter and every security filter to both routes";
        problems.add(&Path::ROOT.key("reroute"), expected, "false");
    }
}

fn check_consumers(consumers: &[String], path: &Path<'_>, problems: &mut Problems) {
    for (i, name) in consumers.iter().enumerate() {
        if name.is_empty() || name == "other" || consumers.iter().take(i).any(|n| n == name) {
            let expected = "the name of a consumer, once; not other, which is all the others";
            problems.add_text(&path.index(i), expected, name);
        }
    }
}

fn default_of(config: &Config, problems: &mut Problems) -> Option<VersionId> {
    let name = config.default.as_ref()?;
    if config.on_missing == OnMissing::Pass {
        let expected = "refuse, or no default: with a default no request is without a version";
        problems.add(&Path::ROOT.key("onMissing"), expected, "\"pass\"");
    }
    let is_called = |v: &config::Version| v.name == *name || v.aliases.contains(name);
    let place = config.versions.iter().position(is_called);
    let version = place.and_then(|place| config.versions.get(place));
    let path = Path::ROOT.key("default");
    match version.map(|v| v.status) {
        None => problems.add_text(&path, "the name or an alias of one of versions", name),
        Some(Status::Sunset) => {
            problems.add_text(&path, "a version whose status is not sunset", name);
        }
        Some(Status::Active | Status::Deprecated) => {}
    }
    place.map(VersionId)
}

/// The headers that tell an upstream its version, lower case: no client may set them. One that is
/// also a source stays where no version sets it.
fn owned_headers(versions: &Versions, sources: &[Source]) -> Vec<String> {
    let is_source = |name: &str| {
        sources
            .iter()
            .any(|s| matches!(s, Source::Header(n) if n.eq_ignore_ascii_case(name)))
    };
    let mut names: Vec<String> = vec![];
    for (name, _) in versions.0.iter().flat_map(|v| &v.upstream.headers) {
        let name = name.to_ascii_lowercase();
        if !is_source(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
