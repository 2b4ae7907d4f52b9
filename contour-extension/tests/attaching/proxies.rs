//! HTTPProxies that include others.

use crate::scene::{Scene, told};

const ROOT: &str = "HTTPProxy shop/root";
const CHILD: &str = "HTTPProxy shop/child";

/// A child that two hosts reach, and an Ingress of one of these hosts.
fn two_roots() -> Scene {
    Scene::default()
        .proxy("shop/root", Some("a.test"))
        .proxy("shop/other", Some("b.test"))
        .proxy("shop/child", None)
        .host(
            "ingress_http",
            "a.test",
            &[ROOT, CHILD, "Ingress shop/root"],
        )
        .host("ingress_http", "b.test", &["HTTPProxy shop/other", CHILD])
}

#[test]
fn a_policy_on_the_root_covers_what_it_includes_on_its_own_host() {
    let scene = two_roots().policy("shop/p", &[ROOT]);
    let expected = ["a.test: p", "a.test: p", "a.test: ", "b.test: ", "b.test: "];
    assert_eq!(scene.filtered(), expected);
}

#[test]
fn a_policy_on_the_child_covers_it_on_every_host() {
    let scene = two_roots().policy("shop/p", &[CHILD]);
    let expected = ["a.test: ", "a.test: p", "a.test: ", "b.test: ", "b.test: p"];
    assert_eq!(scene.filtered(), expected);
}

#[test]
fn roots_with_policies_of_their_own_each_have_theirs_on_the_child() {
    let scene = two_roots()
        .policy("shop/p", &[ROOT])
        .policy("shop/q", &["HTTPProxy shop/other"]);
    let expected = [
        "a.test: p",
        "a.test: p",
        "a.test: ",
        "b.test: q",
        "b.test: q",
    ];
    assert_eq!(scene.filtered(), expected);
}

#[test]
fn a_host_that_is_not_known_yet_is_closed_as_long_as_a_policy_may_be_for_it() {
    let scene = two_roots().without_proxy("shop/root");
    let free = scene.filtered();
    assert!(free.iter().all(|route| !route.ends_with("closed")));
    let scene = scene.policy("shop/p", &["HTTPProxy shop/elsewhere"]);
    let expected = [
        "a.test: closed",
        "a.test: closed",
        "a.test: ",
        "b.test: ",
        "b.test: ",
    ];
    assert_eq!(scene.filtered(), expected);
    let known = scene.proxy("shop/root", Some("a.test"));
    assert_eq!(known.filtered(), free);
}

#[test]
fn a_root_that_is_gone_is_remembered_while_its_host_is_there() {
    let scene = two_roots().policy("shop/p", &[ROOT]);
    let before = scene.world(None);
    let covered = scene.filtered();
    let gone = scene.without_proxy("shop/root");
    assert_eq!(gone.filtered_after(Some(&before)), covered);
    let again = gone.world(Some(&before));
    assert_eq!(gone.filtered_after(Some(&again)), covered);
}

#[test]
fn an_object_that_was_not_seen_yet_is_closed_where_labels_may_select_it() {
    let selects = [("HTTPProxy".to_owned(), "shop".to_owned())];
    let scene = Scene::default()
        .proxy("shop/root", Some("a.test"))
        .host(
            "ingress_http",
            "a.test",
            &[ROOT, CHILD, "HTTPProxy far/child"],
        )
        .with("shop/p", &[ROOT], |policy| {
            policy.selects = selects.clone().into()
        });
    let expected = ["a.test: p", "a.test: closed", "a.test: p"];
    assert_eq!(scene.filtered(), expected);
}

#[test]
fn of_two_roots_of_one_host_the_one_whose_routes_are_there_counts() {
    // Another Contour has one of the same host.
    let scene = Scene::default()
        .proxy("shop/root", Some("a.test"))
        .proxy("shop/twin", Some("a.test"))
        .host("ingress_http", "a.test", &[ROOT, CHILD])
        .policy("shop/t", &["HTTPProxy shop/twin"])
        .policy("shop/p", &[ROOT]);
    assert_eq!(scene.filtered(), ["a.test: p", "a.test: p"]);
}

#[test]
fn redirects_are_left_alone_unless_they_are_included() {
    let redirect = format!(">{ROOT}");
    let scene = Scene::default()
        .proxy("shop/root", Some("a.test"))
        .host("ingress_http", "a.test", &[&redirect])
        .host("https/a.test", "a.test", &[ROOT]);
    let alone = scene.policy("shop/p", &[ROOT]);
    assert_eq!(alone.filtered(), ["a.test: p", "a.test: "]);
    // Nor does the connection manager for plain HTTP get the filter.
    assert_eq!(alone.world(None).current("ingress_http"), "ingress_http");
    let included = alone
        .without_policies()
        .with("shop/p", &[ROOT], |policy| policy.redirects = true);
    assert_eq!(included.filtered(), ["a.test: p", "a.test: p"]);
}

#[test]
fn what_has_not_changed_is_taken_from_the_state_before() {
    let scene = two_roots()
        .proxy("shop/c", Some("c.test"))
        .host("https/c.test", "c.test", &["HTTPProxy shop/c"])
        .policy("shop/p", &[ROOT]);
    let before = scene.world(None);
    let name = before.current("ingress_http").to_owned();
    let served = before.routes(&name).unwrap().bytes;
    let after = scene.world(Some(&before));
    assert_eq!(after.routes(&name).unwrap().bytes.as_ptr(), served.as_ptr());
    let other = scene.policy("shop/q", &["HTTPProxy shop/c"]);
    let after = other.world(Some(&before));
    assert_eq!(told(&after, "https/c.test"), ["c.test: q"]);
    assert_eq!(after.current("ingress_http"), name);
}
