//! Policies that name the same issuer and mean different ones.

use hachure_e2e::services::OpenIdProvider;
use hachure_e2e::{Gateway, request};
use hachure_envoy::{HttpFilter, Route};
use serde_json::json;

use super::{filter, provider, token};
use crate::gate::verdict;

/// Two policies with one issuer URL and different upstreams, in the same VM.
#[test]
fn keys_are_never_shared_across_upstreams() {
    let providers = [provider(), provider()];
    let names = ["a", "b"];
    let one = |name: &str, provider: &OpenIdProvider| {
        let filter = filter(name, provider, name, json!({"refresh": "1s"}), json!({}));
        HttpFilter::from(filter).disabled()
    };
    let mut listener = Gateway::listener();
    for (name, provider) in names.iter().zip(&providers) {
        let path = format!("/{name}");
        listener = listener
            .filter(one(name, provider))
            .route(Route::below(&path).to("upstream").enable(name));
    }
    let clusters = names
        .iter()
        .zip(&providers)
        .map(|(name, provider)| provider.cluster(name));
    let gateway = Gateway::calling(clusters, 2, listener);
    let tokens = providers.each_ref().map(token);
    let status = |path: &str, token: &str| {
        let value = format!("Bearer {token}");
        let request = request("GET", path, &[("authorization", &value)]);
        verdict(&gateway, &request).status
    };
    // Through several refreshes, on both workers.
    for _ in 0..60 {
        assert_eq!(status("/a", &tokens[0]), 200);
        assert_eq!(status("/b", &tokens[1]), 200);
        assert_eq!(status("/a", &tokens[1]), 401);
        assert_eq!(status("/b", &tokens[0]), 401);
        super::pause(50);
    }
    assert!(providers.iter().all(|provider| provider.keys_asked() >= 2));
}
