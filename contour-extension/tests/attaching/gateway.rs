//! The Gateway that Contour serves, and its listeners.

use crate::scene::Scene;

const GATEWAY: &str = "Gateway shop/edge";

fn scene() -> Scene {
    Scene::default()
        .gateway(
            "shop/edge",
            &[
                ("all", 80, None),
                ("wild", 80, Some("*.example.com")),
                ("shop", 443, Some("shop.example.com")),
                ("rest", 443, Some("*.example.com")),
            ],
        )
        .host("http-80", "shop.example.com", &["HTTPRoute shop/a"])
        .host(
            "http-80",
            "else.test",
            &["Ingress shop/b", ">HTTPProxy shop/c"],
        )
        .host(
            "https-443/shop.example.com",
            "shop.example.com",
            &["HTTPRoute shop/a"],
        )
        .host(
            "https-443/fallbackcert",
            "any.example.com",
            &["HTTPProxy shop/c"],
        )
}

/// In the order of the names of the route configurations.
const HOSTS: [&str; 5] = [
    "else.test",
    "else.test",
    "any.example.com",
    "shop.example.com",
    "shop.example.com",
];

fn check(policy: &str, expected: [&str; 5]) {
    let filtered = scene().policy("shop/p", &[policy]).filtered();
    let mut expected: Vec<_> = HOSTS
        .into_iter()
        .zip(expected)
        .map(|(host, policy)| format!("{host}: {policy}"))
        .collect();
    let mut filtered = filtered;
    filtered.sort();
    expected.sort();
    assert_eq!(filtered, expected, "{policy}");
}

#[test]
fn a_gateway_covers_the_routes_of_every_kind() {
    check(GATEWAY, ["p", "", "p", "p", "p"]);
}

#[test]
fn a_listener_covers_the_hosts_that_fit_it_best() {
    check("Gateway shop/edge#all", ["p", "", "", "", ""]);
    check("Gateway shop/edge#wild", ["", "", "", "p", ""]);
    check("Gateway shop/edge#shop", ["", "", "", "", "p"]);
    check("Gateway shop/edge#rest", ["", "", "p", "", ""]);
}

#[test]
fn another_gateway_covers_nothing() {
    check("Gateway shop/other", ["", "", "", "", ""]);
    check("Gateway shop/other#all", ["", "", "", "", ""]);
}

#[test]
fn what_may_belong_to_a_listener_that_is_not_known_is_closed() {
    let scene = Scene::default()
        .gateway("shop/edge", &[("all", 80, None)])
        .host("http-80", "a.test", &["HTTPRoute shop/a"])
        .host("http-81", "a.test", &["HTTPRoute shop/a"])
        .policy("shop/p", &["Gateway shop/edge#new"]);
    assert_eq!(scene.filtered(), ["a.test: ", "a.test: closed"]);
}
