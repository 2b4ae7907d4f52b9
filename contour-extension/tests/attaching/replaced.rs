//! Of several policies the most specific one counts, and what is enforced stands before it.

use std::collections::{BTreeMap, BTreeSet};

use hachure_contour_extension::attachment::{Action, Attachment};

use crate::scene::{Scene, chain, target};

const ROOT: &str = "HTTPProxy shop/root";
const CHILD: &str = "HTTPProxy shop/child";
const GATEWAY: &str = "Gateway shop/edge";
const LISTENER: &str = "Gateway shop/edge#web";

fn scene() -> Scene {
    Scene::default()
        .gateway("shop/edge", &[("web", 80, None)])
        .proxy("shop/root", Some("a.test"))
        .proxy("shop/child", None)
        .host("http-80", "a.test", &[ROOT, CHILD, "HTTPRoute shop/x"])
}

fn enforce(policy: &mut Attachment) {
    policy.enforced = true;
}

#[test]
fn the_most_specific_counts_and_the_others_are_told_so() {
    let all = scene()
        .policy("shop/g", &[GATEWAY])
        .policy("shop/l", &[LISTENER])
        .policy("shop/r", &[ROOT])
        .policy("shop/c", &[CHILD]);
    assert_eq!(all.filtered(), ["a.test: r", "a.test: c", "a.test: l"]);
    let by = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|x| (*x).into()).collect() };
    let expected = BTreeMap::from([
        (
            "shop/g".to_owned(),
            BTreeMap::from([(target(GATEWAY), by(&["shop/c", "shop/l", "shop/r"]))]),
        ),
        (
            "shop/l".to_owned(),
            BTreeMap::from([(target(LISTENER), by(&["shop/c", "shop/r"]))]),
        ),
        (
            "shop/r".to_owned(),
            BTreeMap::from([(target(ROOT), by(&["shop/c"]))]),
        ),
    ]);
    assert_eq!(all.world(None).overridden, expected);
}

#[test]
fn a_policy_with_both_targets_replaces_nothing() {
    let scene = scene().policy("shop/p", &[ROOT, CHILD]);
    assert_eq!(scene.filtered(), ["a.test: p", "a.test: p", "a.test: "]);
    assert!(scene.world(None).overridden.is_empty());
}

#[test]
fn what_is_enforced_stands_before_what_is_more_specific() {
    let scene = scene()
        .with("shop/z", &[GATEWAY], enforce)
        .with("shop/y", &[ROOT], enforce)
        .policy("shop/a", &[CHILD])
        .policy("shop/l", &[LISTENER]);
    let expected = ["a.test: z+y+l", "a.test: z+y+a", "a.test: z+l"];
    assert_eq!(scene.filtered(), expected);
    // In the connection manager too, whatever their names.
    assert_eq!(chain(&scene.world(None)), ["z", "y", "a", "l"]);
    let overridden = scene.world(None).overridden;
    assert_eq!(overridden.keys().collect::<Vec<_>>(), ["shop/l"]);
}

#[test]
fn an_enforced_policy_that_cannot_be_carried_out_closes_what_it_is_for() {
    let scene = scene()
        .with("shop/z", &[ROOT], |policy| {
            policy.enforced = true;
            policy.action = Action::Close("no".into());
        })
        .policy("shop/c", &[CHILD]);
    let expected = ["a.test: closed", "a.test: closed", "a.test: "];
    assert_eq!(scene.filtered(), expected);
}

#[test]
fn a_more_specific_policy_that_passes_replaces_nonetheless() {
    let scene = scene()
        .policy("shop/r", &[ROOT])
        .with("shop/c", &[CHILD], |policy| policy.action = Action::Pass);
    assert_eq!(scene.filtered(), ["a.test: r", "a.test: ", "a.test: "]);
}
