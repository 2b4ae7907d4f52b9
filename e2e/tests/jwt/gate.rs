//! A gateway that asks for tokens, and what it says of them.

use hachure_casefile::Message;
use hachure_e2e::{Gateway, Received, native, setup};
use hachure_envoy::{HttpFilter, Route};
use serde_json::{Value, json};

use crate::corpus::{AUDIENCE, ISSUER, keys};

/// What our module needs to have signatures checked by Envoy.
const HOST_CRYPTO: &str = "proxy_call_foreign_function";

/// Our filter's config, with the keys of the corpus.
pub(crate) fn config() -> Value {
    json!({"providers": [{
        "name": "p",
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "keys": {"inline": keys()},
    }]})
}

/// Behind our filter, whose signatures Envoy checks.
pub(crate) fn by_host() -> Gateway {
    behind(setup::wasm("jwt-validation", "jwt", config()))
}

/// Behind our filter, which has to check them itself.
pub(crate) fn by_module() -> Gateway {
    let filter = setup::wasm("jwt-validation", "jwt", config());
    behind(filter.without(&[HOST_CRYPTO]))
}

fn behind(filter: impl Into<HttpFilter>) -> Gateway {
    let route = Route::prefix("/").to("upstream");
    Gateway::calling([], 1, Gateway::listener().filter(filter).route(route))
}

/// Behind Envoy's own.
pub(crate) fn by_envoy() -> Gateway {
    let filter = native::jwt_authn(json!({
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "local_jwks": {"inline_string": keys()},
        "require_expiration": true,
    }));
    let route = Route::prefix("/").to("upstream");
    let route = route.configure(native::JWT_AUTHN, native::token_required());
    Gateway::calling([], 1, Gateway::listener().filter(filter).route(route))
}

/// The status, and the reason that our filter gives; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: u16,
    pub(crate) reason: String,
}

/// What becomes of a request.
pub(crate) fn verdict(gateway: &Gateway, request: &Message) -> Verdict {
    said(&gateway.send(request))
}

/// What an answer says.
pub(crate) fn said(answer: &Received) -> Verdict {
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = problem["reason"].as_str().unwrap_or_default();
    Verdict {
        status: answer.status(),
        reason: reason.to_owned(),
    }
}
