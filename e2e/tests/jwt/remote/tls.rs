//! Keys over TLS.

use hachure_e2e::services::{Authority, Identity, OpenIdProvider, Shape};
use hachure_envoy::{Authorities, Tls};
use serde_json::{Value, json};

use super::{ISSUER, asked, calling, filter, good, token, unavailable};
use crate::gate::Verdict;

const NAME: &str = "id.example.com";

/// What becomes of a good token, and whether the provider was asked for anything.
fn over_tls(identity: &Identity, trusted: &Authority, discovery: bool) -> (Verdict, bool) {
    let provider = OpenIdProvider::start_with_tls(ISSUER, Shape::Plain, identity);
    let mut remote = json!({"wait": "1s"});
    if discovery {
        remote["url"] = Value::Null;
    }
    let filter = filter("jwt", &provider, "id-cluster", remote, json!({}));
    let tls = Tls::new(Authorities::Pem(trusted.pem()), NAME);
    let gateway = calling(provider.cluster("id-cluster").tls(tls), 1, filter);
    let verdict = asked(&gateway, &token(&provider));
    (
        verdict,
        provider.keys_asked() + provider.discovery_asked() > 0,
    )
}

#[test]
fn only_the_right_server_has_the_keys() {
    let [authority, other] = ["Test CA", "Other CA"].map(Authority::new);
    for discovery in [false, true] {
        let check = |identity: &Identity, trusted| over_tls(identity, trusted, discovery);
        let right = authority.issue(NAME);
        assert_eq!(check(&right, &authority), (good(), true));
        let none = (unavailable(), false);
        assert_eq!(check(&right, &other), none, "a wrong authority");
        let wrong = authority.issue("other.example.com");
        assert_eq!(check(&wrong, &authority), none, "a wrong name");
        let expired = authority.issue_expired(NAME);
        assert_eq!(check(&expired, &authority), none, "an expired certificate");
    }
}
