//! `providers[]`, compiled.

use hachure_config::{Duration, Path, Problems, Upstreams};
use hachure_exchange::Setup;
use hachure_jose::{Alg, AllowList};

use super::names::Names;
use super::{authorize, identity, keys, places};
use crate::config::{self, AlgorithmName, Audiences};
use crate::provider::{Provider, Times};

const HOUR: Duration = Duration::from_seconds(3_600);

/// A name becomes a label of metrics, and `require` refers to it.
pub(super) fn check_name<'c>(
    name: &str,
    mut earlier: impl Iterator<Item = &'c config::Provider>,
    path: &Path<'_>,
    problems: &mut Problems,
) {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        problems.add_text(path, "1 to 64 letters, digits, -, _ or .", name);
    } else if earlier.any(|other| other.name == name) {
        problems.add_text(path, "a name that no other provider has", name);
    }
}

/// What all providers of a config share while it is compiled.
pub(super) struct Shared<'c, 's, 'm> {
    pub(super) upstreams: &'c Upstreams,
    pub(super) setup: &'s mut Setup<'m>,
    pub(super) names: Names,
    pub(super) problems: Problems,
}

pub(super) fn compile(
    provider: &config::Provider,
    here: &Path<'_>,
    shared: &mut Shared<'_, '_, '_>,
) -> Option<Provider> {
    let problems = &mut shared.problems;
    if provider.issuer.is_empty() {
        problems.add_text(&here.key("issuer"), "the iss of the issuer's tokens", "");
    }
    let algorithms = algorithms(provider, here, problems);
    let audiences = audiences(&provider.audiences, &here.key("audiences"), problems);
    let places = places::compile(provider.from.as_deref(), &here.key("from"), problems);
    let times = times(provider, here, problems);
    let kind = kind(provider, here, problems);
    let authorize = authorize::compile(&provider.authorize, &here.key("authorize"), problems);
    let revoked = authorize::revoked(&provider.revoked, &here.key("revoked"), problems);
    let identity = identity::compile(provider, here, &mut shared.names, problems);
    let label = [("provider", provider.name.as_str())];
    let accepted = shared.setup.metrics.counter("accepted", &label);
    let checked = shared.setup.metrics.counter("checked", &label);
    let counters = (problems.keep(accepted), problems.keep(checked));
    let keys = keys::compile(provider, algorithms, &here.key("keys"), shared);
    Some(Provider {
        issuer: provider.issuer.clone(),
        audiences,
        algorithms,
        keys: keys?,
        places,
        times,
        kind,
        authorize,
        revoked,
        identity,
        forward: provider.forward,
        accepted: counters.0?,
        checked: counters.1?,
    })
}

/// The algorithms that are accepted; none that shares a secret beside one that does not.
fn algorithms(provider: &config::Provider, here: &Path<'_>, problems: &mut Problems) -> AllowList {
    let Some(written) = &provider.algorithms else {
        return AllowList::public_key();
    };
    let place = here.key("algorithms");
    if written.is_empty() {
        problems.add(&place, "at least one algorithm", "[]");
    }
    let all: Vec<Alg> = written.iter().map(|name| name.alg()).collect();
    if all.iter().any(|alg| alg.is_symmetric()) && !all.iter().all(|alg| alg.is_symmetric()) {
        let expected = "either HS algorithms or others: whoever knows a public key could sign \
                        tokens with it";
        problems.add(&place, expected, "both");
    }
    all.into_iter().collect()
}

impl AlgorithmName {
    fn alg(self) -> Alg {
        match self {
            Self::RS256 => Alg::Rs256,
            Self::RS384 => Alg::Rs384,
            Self::RS512 => Alg::Rs512,
            Self::PS256 => Alg::Ps256,
            Self::PS384 => Alg::Ps384,
            Self::PS512 => Alg::Ps512,
            Self::ES256 => Alg::Es256,
            Self::ES384 => Alg::Es384,
            Self::ES512 => Alg::Es512,
            Self::EdDSA => Alg::EdDsa,
            Self::Ed25519 => Alg::Ed25519,
            Self::HS256 => Alg::Hs256,
            Self::HS384 => Alg::Hs384,
            Self::HS512 => Alg::Hs512,
        }
    }
}

fn audiences(
    audiences: &Audiences,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    match audiences {
        Audiences::Any => None,
        Audiences::OneOf(list) => {
            if list.is_empty() {
                let expected = "the audiences of which a token must have one, or any";
                problems.add(path, expected, "[]");
            }
            problems.no_empty(list, path);
            Some(list.clone())
        }
    }
}

fn times(provider: &config::Provider, here: &Path<'_>, problems: &mut Problems) -> Times {
    let mut seconds = |key, duration: Duration| {
        let whole = duration.whole_seconds();
        if whole.is_none() {
            problems.add_text(&here.key(key), "whole seconds", &duration.to_string());
        }
        whole.unwrap_or_default()
    };
    let times = Times {
        skew: seconds("clockSkew", provider.clock_skew),
        require_expiration: provider.require_expiration,
        max_lifetime: provider
            .max_lifetime
            .map(|most| seconds("maxLifetime", most)),
    };
    if provider.clock_skew > HOUR {
        let found = provider.clock_skew.to_string();
        problems.add_text(&here.key("clockSkew"), "at most 1h", &found);
    }
    if provider.max_lifetime == Some(Duration::default()) {
        problems.add_text(&here.key("maxLifetime"), "more than nothing", "0s");
    }
    times
}

fn kind(provider: &config::Provider, here: &Path<'_>, problems: &mut Problems) -> Option<String> {
    let kind = provider.r#type.clone()?;
    if kind.is_empty() {
        let expected = "the typ of the token's header, as at+jwt";
        problems.add_text(&here.key("type"), expected, "");
    }
    Some(kind)
}
