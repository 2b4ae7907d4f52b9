//! Routes chosen again: which filters run, and what a second run does.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use hachure_e2e::{Gateway, chain, native, request, response, token};
use hachure_envoy::{HttpFilter, Listener, Protocol, Route};
use serde_json::json;

/// Envoy's own filter for tokens.
fn jwt() -> HttpFilter {
    native::jwt_authn(json!({
        "issuer": "https://issuer.example.com",
        "local_jwks": {"inline_string": token::key_set()},
    }))
}

/// `/v1` is rewritten to `/legacy`, a route of its own. Who wants a token there?
fn statuses(jwt_first: bool, on_both: bool) -> [u16; 2] {
    let mut filters = [
        jwt().disabled(),
        HttpFilter::from(chain::versions()).disabled(),
    ];
    if !jwt_first {
        filters.reverse();
    }
    let listener = filters
        .into_iter()
        .fold(Gateway::listener(), Listener::filter);
    let guarded = |route: Route| {
        route
            .configure(native::JWT_AUTHN, native::token_required())
            .enable("versions")
    };
    let legacy = guarded(Route::below("/legacy").to("upstream"));
    let entry = Route::prefix("/").to("upstream");
    let entry = if on_both {
        guarded(entry)
    } else {
        entry.enable("versions")
    };
    let gateway = Gateway::start(Protocol::Http1, listener.route(legacy).route(entry));
    ["/legacy/orders", "/v1/orders"].map(|path| gateway.send(&request("GET", path, &[])).status())
}

/// The rule of the README: attach the filter and every security filter to both routes.
#[test]
fn a_filter_on_both_routes_is_not_skipped() {
    for jwt_first in [false, true] {
        assert_eq!(
            statuses(jwt_first, true),
            [401, 401],
            "jwt first: {jwt_first}"
        );
    }
}

/// The reason for the rule. Envoy decides from the first route which filters run at all.
#[test]
fn a_filter_on_the_second_route_alone_is_skipped() {
    assert_eq!(statuses(false, false), [401, 200]);
}

#[test]
fn the_route_is_chosen_by_the_new_path() {
    let listener = Gateway::listener()
        .filter(chain::versions())
        .route(Route::below("/legacy").direct(203, "legacy"))
        .route(Route::prefix("/").direct(200, "root"));
    let gateway = Gateway::start(Protocol::Http1, listener);
    for (path, body) in [
        ("/v1/orders", "legacy"),
        ("/v2/orders", "root"),
        ("/orders", "root"),
    ] {
        let received = gateway.send(&request("GET", path, &[]));
        assert_eq!(received.body, body.as_bytes(), "{path}");
    }
}

fn redirecting(protocol: Protocol) -> Gateway {
    let policy = json!({"max_internal_redirects": 3});
    let route = Route::prefix("/")
        .to("upstream")
        .action_field("internal_redirect_policy", policy);
    Gateway::start(protocol, chain::on(Gateway::listener()).route(route))
}

/// Envoy follows the redirect itself and runs the filters again, on headers as they were changed.
#[test]
fn an_internal_redirect_is_not_rewritten_twice() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = redirecting(protocol);
        for (location, second) in [
            ("http://api.example.com/legacy/orders/8", "/legacy/orders/8"),
            ("http://api.example.com/legacy/orders", "/legacy/orders"),
            ("http://api.example.com/v2/orders/8", "/orders/8"),
            ("http://api.example.com/orders/8", "/legacy/orders/8"),
        ] {
            let redirect = response(302, &[("location", location)], "");
            gateway
                .upstream
                .answer([redirect, response(200, &[], "there")]);
            let received = gateway.send(&request("GET", "/v1/orders", &[]));
            assert_eq!(
                (received.status(), received.body.as_slice()),
                (200, &b"there"[..])
            );
            let seen = gateway.upstream.take();
            let paths: Vec<_> = seen.iter().map(|request| request.text(":path")).collect();
            assert_eq!(paths, ["/legacy/orders", second], "{protocol:?} {location}");
            assert_eq!(seen[1].all("x-tenant"), ["acme"]);
            assert_eq!(received.all("x-served-by"), ["gateway"]);
            assert_eq!(received.all("api-version").len(), 1, "{received:?}");
        }
        let counted = gateway
            .envoy()
            .stats(r"hachure\.version-rewrite\.request\.")
            .unwrap();
        assert_eq!(counted.values().sum::<u64>(), 4, "{counted:?}");
    }
}
