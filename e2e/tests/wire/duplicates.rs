//! Two values where one decides.

use hachure_casefile::Message;
use hachure_e2e::chain::ORIGIN;
use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, Received, request};

fn preflight(more: &[(&str, &str)]) -> Message {
    let asked = [("access-control-request-method", "PUT")];
    request("OPTIONS", "/v1/orders", &[&asked, more].concat())
}

fn reason(refused: &Received) -> String {
    let problem: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    problem["reason"].as_str().unwrap().to_owned()
}

pub(super) fn two_origins_are_no_origin(gateway: &Gateway) {
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

pub(super) fn two_requested_methods_are_none_that_is_allowed(gateway: &Gateway) {
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

pub(super) fn every_line_of_requested_headers_counts(gateway: &Gateway) {
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

pub(super) fn two_versions_are_ambiguous(gateway: &Gateway) {
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

pub(super) fn a_header_that_is_set_has_one_value(gateway: &Gateway) {
    let spoofed = [
        ("x-tenant", "evil"),
        ("x-tenant", "other"),
        ("x-Tenant", "third"),
    ];
    gateway.send(&request("GET", "/v1/orders", &spoofed));
    assert_eq!(gateway.seen().all("x-tenant"), ["acme"]);
}

/// Envoy joins them. What comes of it is no host's name, so that no rule for either holds.
pub(super) fn two_hosts_are_neither(gateway: &Gateway) {
    let twice = b"GET /v1/orders HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n";
    let mut connection = Connection::open(gateway.address(), twice).unwrap();
    assert_eq!(connection.receive("GET").unwrap().status(), 200);
    assert_eq!(gateway.seen().text(":authority"), "a,b");
}
