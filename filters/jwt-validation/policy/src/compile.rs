//! From the config as it is written to one that can only be right.

mod authorize;
mod identity;
mod keys;
mod names;
mod places;
mod provider;
mod requirement;

use hachure_config::{ConfigErrors, Path, Problems};
use hachure_exchange::Setup;

use crate::config::Config;
use crate::counters::Counters;
use crate::extract::Place;
use crate::policy::JwtValidation;
use crate::remembered::Remembered;
use names::Names;
use provider::Shared;

const MAX_PROVIDERS: usize = 16;
/// 16 MiB.
const MAX_CACHE_BYTES: u32 = 1 << 24;

/// Finds everything that is wrong in a config, or compiles it.
pub(crate) fn compile(config: Config, setup: Setup<'_>) -> Result<JwtValidation, ConfigErrors> {
    let mut setup = setup;
    let root = Path::ROOT;
    let mut shared = Shared {
        upstreams: &config.upstreams,
        setup: &mut setup,
        names: Names::default(),
        problems: Problems::default(),
    };
    let place = root.key("providers");
    if config.providers.is_empty() || config.providers.len() > MAX_PROVIDERS {
        let found = config.providers.len().to_string();
        shared.problems.add(&place, "1 to 16 providers", &found);
    }
    let mut providers = vec![];
    for (i, provider) in config.providers.iter().enumerate() {
        let here = place.index(i);
        let earlier = config.providers.iter().take(i);
        let problems = &mut shared.problems;
        provider::check_name(&provider.name, earlier, &here.key("name"), problems);
        providers.extend(provider::compile(provider, &here, &mut shared));
    }
    let Shared {
        names,
        mut problems,
        ..
    } = shared;
    names.check_sources(&config.providers, &mut problems);
    let mut groups = vec![];
    let requirement = requirement::compile(&config, &mut groups, &mut problems);
    check_challenge(&config, &mut problems);
    if config.cache.max_bytes > MAX_CACHE_BYTES {
        let place = root.key("cache");
        let found = config.cache.max_bytes.to_string();
        problems.add(&place.key("maxBytes"), "at most 16777216", &found);
    }
    problems.none()?;
    let counters = Counters::new(setup.metrics)?;
    let mut places = providers.iter().flat_map(|provider| &provider.places);
    Ok(JwtValidation {
        authorization_only: places.all(Place::is_authorization),
        providers,
        groups,
        requirement,
        owned: names.owned(),
        remembered: Remembered::new(setup.seed, config.cache.max_bytes),
        realm: config.realm,
        resource_metadata: config.resource_metadata,
        skip_preflight: config.skip_preflight,
        mode: config.mode,
        counters,
    })
}

/// What stands in quotes in `WWW-Authenticate`.
fn check_challenge(config: &Config, problems: &mut Problems) {
    let fits = |text: &str| {
        text.bytes()
            .all(|b| matches!(b, b' '..=b'~' if b != b'"' && b != b'\\'))
    };
    if !fits(&config.realm) {
        let expected = "printable ASCII without quotes and backslashes";
        problems.add_text(&Path::ROOT.key("realm"), expected, &config.realm);
    }
    let url = config.resource_metadata.as_deref();
    if let Some(url) =
        url.filter(|url| !url.starts_with("https://") || !fits(url) || url.contains(' '))
    {
        let place = Path::ROOT.key("resourceMetadata");
        problems.add_text(&place, "an https URL", url);
    }
}
