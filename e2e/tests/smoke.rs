//! A request through real Envoy and a real module.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use hachure_e2e::{Client, Upstream, request, response, setup};
use hachure_envoy::{Bootstrap, Cluster, Listener, Protocol, Route};
use serde_json::json;

#[test]
fn a_header_is_set() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let upstream = Upstream::start(protocol);
        upstream.answer([response(200, &[("x-a", "1"), ("x-a", "2")], "hello")]);
        let rules = json!({"rules": [
            {"phase": "request", "operation": {"set": {"name": "x-tenant", "value": "acme"}}},
            {"phase": "response", "operation": {"set": {"name": "x-served-by", "value": "orders"}}},
        ]});
        let cluster = Cluster::new("upstream", "127.0.0.1", upstream.port()).protocol(protocol);
        let listener = Listener::new("main")
            .filter(setup::wasm("header-mutation", "headers", rules))
            .route(Route::prefix("/").to("upstream"));
        let bootstrap = Bootstrap::new().cluster(cluster).listener(listener);
        let envoy = setup::start(&bootstrap, 1);
        let client = Client::new(envoy.process.address("main").unwrap(), protocol);
        let sent = request(
            "GET",
            "/orders",
            &[("x-tenant", "evil"), ("x-tenant", "other")],
        );
        let received = client.send(&sent).unwrap();
        assert_eq!(received.status(), 200);
        assert_eq!(received.body, b"hello");
        assert_eq!(received.all("x-a"), ["1", "2"]);
        assert_eq!(received.text("x-served-by"), "orders");
        let seen = upstream.take();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].all("x-tenant"), ["acme"]);
        assert_eq!(seen[0].text(":path"), "/orders");
    }
}
