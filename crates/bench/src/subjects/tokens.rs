//! A token signed with RS256, remembered and not.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Subject, native, ours, subject};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example.com";
/// 2100-01-01T00:00:00Z.
const FAR: u64 = 4_102_444_800;

const NATIVE: &str = "native jwt_authn, RS256 each time";
const OK: &str = "200 OK";
const REFUSED: &str = "401 Unauthorized";

pub(super) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let keys = hachure_testtoken::key_set(&json!(["rsa"]))?;
    let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "u-7", "exp": FAR});
    let token = hachure_testtoken::token(&json!({"alg": "RS256", "claims": claims}))?;
    let ours = |title, cached| -> Result<Subject> {
        let filter = ours(modules, "jwt-validation", config(&keys, cached))?;
        Ok(subject(title, OK, vec![filter]))
    };
    let subjects = [
        of_envoy(NATIVE, &keys, false),
        ours("`jwt-validation`, RS256 each time", false)?.at_most_times(1.5, NATIVE),
        of_envoy("native jwt_authn, token remembered", &keys, true),
        ours("`jwt-validation`, token remembered", true)?.at_most(4.0),
    ];
    let authorization = format!("authorization: Bearer {token}");
    let carrying = subjects.map(|subject| subject.carries(authorization.clone(), REFUSED));
    Ok(carrying.into())
}

fn config(keys: &str, cached: bool) -> Value {
    let mut config = json!({"providers": [{
        "name": "p",
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "keys": {"inline": keys},
    }]});
    if !cached {
        config["cache"] = json!({"maxBytes": 0});
    }
    config
}

/// Envoy's own, which remembers no token unless it is told to.
fn of_envoy(title: &'static str, keys: &str, cached: bool) -> Subject {
    let mut provider = json!({
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "local_jwks": {"inline_string": keys},
    });
    if cached {
        provider["jwt_cache_config"] = json!({"jwt_cache_size": 100});
    }
    let filter = native(
        "jwt_authn.v3.JwtAuthentication",
        json!({
            "providers": {"p": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "p"}}],
        }),
    );
    subject(title, OK, vec![filter])
}
