//! Two values where one decides.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use hachure_casefile::Message;
use hachure_e2e::chain::ORIGIN;
use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, Received, chain, request};
use hachure_envoy::{Protocol, Route};

fn gateway(protocol: Protocol) -> Gateway {
    let route = Route::prefix("/").to("upstream");
    Gateway::start(protocol, chain::on(Gateway::listener()).route(route))
}

fn preflight(more: &[(&str, &str)]) -> Message {
    let asked = [("access-control-request-method", "PUT")];
    request("OPTIONS", "/v1/orders", &[&asked, more].concat())
}

fn reason(refused: &Received) -> String {
    let problem: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    problem["reason"].as_str().unwrap().to_owned()
}

#[test]
fn two_origins_are_no_origin() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = gateway(protocol);
        assert_eq!(
            gateway.send(&preflight(&[("origin", ORIGIN)])).status(),
            204
        );
        for second in [ORIGIN, "https://evil.example.net"] {
            for origins in [[ORIGIN, second], [second, ORIGIN]] {
                let origins = origins.map(|origin| ("origin", origin));
                let refused = gateway.send(&preflight(&origins));
                assert_eq!(
                    (refused.status(), reason(&refused)),
                    (403, "origin_invalid".into())
                );
                let simple = gateway.send(&request("GET", "/v1/orders", &origins));
                assert_eq!(simple.status(), 200);
                assert!(
                    !simple.headers.contains("access-control-allow-origin"),
                    "{simple:?}"
                );
            }
        }
    }
}

#[test]
fn two_requested_methods_are_none_that_is_allowed() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = gateway(protocol);
        for second in ["DELETE", "PUT"] {
            let twice = [
                ("origin", ORIGIN),
                ("access-control-request-method", second),
            ];
            let refused = gateway.send(&preflight(&twice));
            assert_eq!(
                (refused.status(), reason(&refused)),
                (403, "method_not_allowed".into())
            );
        }
    }
}

#[test]
fn every_line_of_requested_headers_counts() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = gateway(protocol);
        let line = |value| ("access-control-request-headers", value);
        let origin = ("origin", ORIGIN);
        let allowed = preflight(&[origin, line("content-type"), line("accept")]);
        assert_eq!(gateway.send(&allowed).status(), 204);
        for lines in [["content-type", "x-admin"], ["x-admin", "content-type"]] {
            let refused = gateway.send(&preflight(&[origin, line(lines[0]), line(lines[1])]));
            assert_eq!(
                (refused.status(), reason(&refused)),
                (403, "header_not_allowed".into())
            );
        }
    }
}

#[test]
fn two_versions_are_ambiguous() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = gateway(protocol);
        for versions in [["1", "2"], ["2", "1"], ["1", ""]] {
            let headers = versions.map(|version| ("accept-version", version));
            let refused = gateway.send(&request("GET", "/orders", &headers));
            assert_eq!(
                (refused.status(), reason(&refused)),
                (400, "version_ambiguous".into())
            );
            let path = format!(
                "/orders?api-version={}&api-version={}",
                versions[0], versions[1]
            );
            let refused = gateway.send(&request("GET", &path, &[]));
            assert_eq!(
                (refused.status(), reason(&refused)),
                (400, "version_ambiguous".into())
            );
        }
        let same = gateway.send(&request("GET", "/orders?api-version=1&api-version=1", &[]));
        assert_eq!(same.status(), 200);
        assert_eq!(
            gateway.seen().text(":path"),
            "/legacy/orders?api-version=1&api-version=1"
        );
    }
}

#[test]
fn a_header_that_is_set_has_one_value() {
    for protocol in Gateway::PROTOCOLS {
        let gateway = gateway(protocol);
        let spoofed = [
            ("x-tenant", "evil"),
            ("x-tenant", "other"),
            ("x-Tenant", "third"),
        ];
        gateway.send(&request("GET", "/v1/orders", &spoofed));
        assert_eq!(gateway.seen().all("x-tenant"), ["acme"]);
    }
}

#[test]
fn envoy_itself_refuses_two_hosts() {
    let gateway = gateway(Protocol::Http1);
    let twice = b"GET /v1/orders HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n";
    let mut connection = Connection::open(gateway.address(), twice).unwrap();
    assert_eq!(connection.receive("GET").unwrap().status(), 400);
    assert!(gateway.upstream.take().is_empty());
}
