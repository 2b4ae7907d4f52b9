use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::objects::{Labels, Listener, Objects};
use crate::surroundings::Settings;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn gold() -> Labels {
    Labels::from([("tier".to_owned(), "gold".to_owned())])
}

/// HTTPProxies `shop/plain`, `shop/gold`, `far/gold`, `shop/tcp`, `shop/both` and `shop/middle`, an
/// Ingress `shop/gold`, and the Gateways `shop/edge`, which is this Contour's, and `shop/other`.
fn surroundings() -> Surroundings {
    let routes = Proxy {
        routes: true,
        ..Proxy::default()
    };
    let tcp = Proxy {
        tcp: true,
        ..Proxy::default()
    };
    let proxies = [
        ("shop/plain", routes.clone()),
        (
            "shop/gold",
            Proxy {
                labels: gold(),
                ..routes.clone()
            },
        ),
        (
            "far/gold",
            Proxy {
                labels: gold(),
                ..routes.clone()
            },
        ),
        ("shop/tcp", tcp.clone()),
        (
            "shop/both",
            Proxy {
                routes: true,
                ..tcp
            },
        ),
        (
            "shop/middle",
            Proxy {
                includes: true,
                ..routes
            },
        ),
    ];
    let listener = |protocol: &str| Listener {
        protocol: protocol.to_owned(),
        ..Listener::default()
    };
    let edge = Gateway {
        labels: gold(),
        listeners: BTreeMap::from([
            ("web".to_owned(), listener("HTTP")),
            ("raw".to_owned(), listener("TLS")),
        ]),
    };
    let gateways = [("shop/edge", edge.clone()), ("shop/other", edge)];
    let objects = Objects {
        proxies: Arc::new(
            proxies
                .map(|(at, proxy)| (name(at), Arc::new(proxy)))
                .into(),
        ),
        ingresses: Arc::new([(name("shop/gold"), Arc::new(gold()))].into()),
        gateways: Arc::new(gateways.map(|(at, it)| (name(at), Arc::new(it))).into()),
        ..Objects::default()
    };
    Surroundings {
        objects: Arc::new(objects),
        settings: Arc::new(Settings {
            gateway: Some(name("shop/edge")),
            ..Settings::default()
        }),
        ..Surroundings::default()
    }
}

fn found(targets: Value, selectors: Value) -> Result<Targets, String> {
    let code = json!({"type": "Catalog", "catalog": {"name": "cors"}});
    let spec = json!({
        "targetRefs": targets, "targetSelectors": selectors, "wasm": [{"name": "a", "code": code}],
    });
    let spec = serde_json::from_value(spec).unwrap();
    super::targets("shop", &spec, &surroundings())
}

fn target(kind: &str, name: &str, section: Option<&str>) -> Value {
    let group = match kind {
        "HTTPProxy" => "projectcontour.io",
        "Ingress" => "networking.k8s.io",
        _ => "gateway.networking.k8s.io",
    };
    json!({"group": group, "kind": kind, "name": name, "sectionName": section})
}

/// What becomes of one target: whether it is attached, and what is told of it.
fn one(kind: &str, name: &str, section: Option<&str>) -> (bool, String) {
    let found = found(json!([target(kind, name, section)]), json!([])).unwrap();
    let refused = found.refused.values();
    let refused = refused.map(|it| format!("{}: {}", it.reason.word(), it.message));
    let said = refused.chain(found.notes.values().cloned());
    assert_eq!(found.all.len(), 1);
    (!found.attached.is_empty(), said.collect())
}

#[test]
fn each_kind_of_target_is_judged() {
    let nothing = String::new;
    assert_eq!(one("HTTPProxy", "plain", None), (true, nothing()));
    assert_eq!(one("Ingress", "gold", None), (true, nothing()));
    assert_eq!(one("Gateway", "edge", None), (true, nothing()));
    assert_eq!(one("Gateway", "edge", Some("web")), (true, nothing()));
    for (kind, name, section, attached, said) in [
        // Contour may know it before it is seen here.
        (
            "HTTPProxy",
            "gone",
            None,
            true,
            "TargetNotFound: there is no HTTPProxy shop/gone",
        ),
        (
            "HTTPRoute",
            "gone",
            None,
            true,
            "TargetNotFound: there is no HTTPRoute shop/gone",
        ),
        (
            "Gateway",
            "edge",
            Some("new"),
            true,
            "TargetNotFound: it has no listener `new`",
        ),
        (
            "HTTPProxy",
            "tcp",
            None,
            true,
            "NoHTTPRoutes: it passes TCP on and has no HTTP routes",
        ),
        (
            "Gateway",
            "edge",
            Some("raw"),
            true,
            "NoHTTPRoutes: the listener `raw` is for TLS",
        ),
        (
            "HTTPProxy",
            "both",
            None,
            true,
            "its TCP proxy has no filters",
        ),
        (
            "HTTPProxy",
            "middle",
            None,
            true,
            "its own routes, not those that it includes: a policy of the root covers them",
        ),
        (
            "Gateway",
            "other",
            None,
            false,
            "UnsupportedValue: the Gateway of this Contour is shop/edge",
        ),
        (
            "HTTPProxy",
            "plain",
            Some("rule"),
            false,
            "UnsupportedValue: sectionName is for the listeners of a Gateway: routes of HTTPProxy \
             do not tell of which rule they were made",
        ),
    ] {
        assert_eq!(
            one(kind, name, section),
            (attached, said.to_owned()),
            "{kind} {name}"
        );
    }
}

#[test]
fn labels_select_in_the_namespace_of_the_policy() {
    let selector = |kind: &str| {
        let mut selector = target(kind, "", None);
        let members = selector.as_object_mut().unwrap();
        members.retain(|name, _| !["name", "sectionName"].contains(&name.as_str()));
        members.insert("matchLabels".into(), json!({"tier": "gold"}));
        selector
    };
    let named = target("HTTPProxy", "gold", None);
    let kinds = ["HTTPProxy", "Ingress", "Gateway", "GRPCRoute"].map(selector);
    let found = found(json!([named]), json!(kinds)).unwrap();
    let all: Vec<_> = found.all.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "HTTPProxy shop/gold",
            "Ingress shop/gold",
            "Gateway shop/edge"
        ]
    );
    assert_eq!(found.attached.len(), 3);
    let selects: Vec<_> = found
        .selects
        .iter()
        .map(|(kind, _)| kind.as_str())
        .collect();
    assert_eq!(selects, ["GRPCRoute", "Gateway", "HTTPProxy", "Ingress"]);
}

#[test]
fn what_names_no_target_is_an_error_of_the_policy() {
    let mut wrong = target("Ingress", "gold", None);
    wrong["group"] = json!("projectcontour.io");
    for (targets, selectors, expected) in [
        (
            json!([]),
            json!([]),
            "spec: expected targetRefs or targetSelectors",
        ),
        (
            json!([wrong]),
            json!([]),
            "spec.targetRefs[0].group: expected `networking.k8s.io` for the kind Ingress: found \
             `projectcontour.io`",
        ),
        (
            json!([]),
            json!([{"group": "projectcontour.io", "kind": "HTTPProxy", "matchLabels": {}}]),
            "spec.targetSelectors[0].matchLabels: expected at least one label",
        ),
    ] {
        assert_eq!(found(targets, selectors).unwrap_err(), expected);
    }
}
