//! Policies that could lead past others.

use hachure_contour_extension::attachment::{Action, Attachment};
use hachure_contour_extension::splice::Position;
use hachure_exchange::Touched;

use crate::scene::{Scene, filter};

const ROOT: &str = "HTTPProxy shop/root";
const CHILD: &str = "HTTPProxy shop/child";

/// A host with a child under `/child` and the root's own routes, and another host.
fn scene() -> Scene {
    Scene::default()
        .proxy("shop/root", Some("a.test"))
        .proxy("shop/child", None)
        .proxy("shop/other", Some("b.test"))
        .host(
            "ingress_http",
            "a.test",
            &[&format!("{CHILD} /child"), &format!("{ROOT} /")],
        )
        .host("ingress_http", "b.test", &["HTTPProxy shop/other /"])
}

/// A policy whose filter may change these.
fn touching(scene: Scene, name: &str, target: &str, names: &[&str]) -> Scene {
    touching_at(scene, name, target, names, Position::Last)
}

fn touching_at(scene: Scene, name: &str, target: &str, names: &[&str], at: Position) -> Scene {
    scene.with(name, &[target], |policy: &mut Attachment| {
        let mut filter = filter(&policy.policy);
        filter.position = at;
        let touched = Touched::names(names.iter().copied());
        policy.action = Action::Filter([(filter, touched)].into_iter().collect());
    })
}

#[test]
fn a_path_that_may_become_another_policys_is_unsafe() {
    let scene = touching(scene(), "shop/p", ROOT, &[":path"]);
    assert_eq!(scene.reroutes(), Vec::<String>::new());
    let scene = scene.policy("shop/c", &[CHILD]);
    let expected = "shop/p: what its filters may change of requests for a.test/ could send them to \
                    a.test/child of HTTPProxy shop/child, whose policies would not be carried out";
    assert_eq!(scene.reroutes(), [expected]);
}

#[test]
fn from_what_has_more_to_what_has_less_is_safe() {
    // The child has its own alone, the root's policy covers the rest.
    let scene = touching(scene(), "shop/c", CHILD, &[":path"]);
    assert_eq!(scene.reroutes(), Vec::<String>::new());
    assert_eq!(scene.policy("shop/p", &[ROOT]).reroutes().len(), 1);
}

#[test]
fn one_policy_for_all_of_a_host_leads_nowhere() {
    let scene = touching(scene(), "shop/p", ROOT, &[":path", ":method", "x-user"]);
    let scene = scene.policy("shop/o", &["HTTPProxy shop/other"]);
    assert_eq!(scene.reroutes(), Vec::<String>::new());
}

#[test]
fn another_host_is_reached_by_its_name_alone() {
    let with = |names: &[&str]| {
        let scene = touching(scene(), "shop/p", ROOT, names);
        scene.policy("shop/o", &["HTTPProxy shop/other"]).reroutes()
    };
    assert_eq!(with(&[":path"]), Vec::<String>::new());
    let reroutes = with(&[":authority"]);
    assert_eq!(reroutes.len(), 1);
    assert!(
        reroutes[0].contains("b.test/ of HTTPProxy shop/other"),
        "{reroutes:?}"
    );
}

#[test]
fn a_header_counts_where_a_route_is_chosen_by_it() {
    let scene = |names: &[&str]| {
        let scene = Scene::default().proxy("shop/root", Some("a.test")).host(
            "ingress_http",
            "a.test",
            &[&format!("{CHILD} / x-tenant"), &format!("{ROOT} /")],
        );
        touching(scene, "shop/p", ROOT, names)
            .policy("shop/c", &[CHILD])
            .reroutes()
            .len()
    };
    assert_eq!(scene(&["x-user"]), 0);
    assert_eq!(scene(&["x-tenant"]), 1);
    assert_eq!(scene(&["x_tenant"]), 1);
    assert_eq!(scene(&[":path"]), 1);
}

#[test]
fn paths_that_never_meet_are_no_way() {
    let scene = |names: &[&str]| {
        let scene = Scene::default().proxy("shop/root", Some("a.test")).host(
            "ingress_http",
            "a.test",
            &[&format!("{CHILD} /one x-tenant"), &format!("{ROOT} /two")],
        );
        touching(scene, "shop/p", ROOT, names)
            .policy("shop/c", &[CHILD])
            .reroutes()
            .len()
    };
    assert_eq!(scene(&["x-tenant"]), 0);
    assert_eq!(scene(&["x-tenant", ":path"]), 1);
}

#[test]
fn what_only_answers_or_is_closed_may_be_reached() {
    let redirect = format!(">{CHILD} /child");
    let base = Scene::default().proxy("shop/root", Some("a.test")).host(
        "ingress_http",
        "a.test",
        &[&redirect, &format!("{ROOT} /")],
    );
    let included = touching(base, "shop/p", ROOT, &[":path"])
        .with("shop/c", &[CHILD], |policy| policy.redirects = true);
    assert_eq!(included.reroutes(), Vec::<String>::new());
    let closed = touching(scene(), "shop/p", ROOT, &[":path"]).with("shop/c", &[CHILD], |policy| {
        policy.action = Action::Close("no".into())
    });
    assert_eq!(closed.reroutes(), Vec::<String>::new());
}

#[test]
fn native_authorization_that_has_run_counts() {
    let scene = |at| {
        let scene = Scene::default().proxy("shop/root", Some("a.test")).host(
            "https/a.test",
            "a.test",
            &[
                &format!("{ROOT} /child !envoy.filters.http.jwt_authn"),
                &format!("{ROOT} /"),
            ],
        );
        touching_at(scene, "shop/p", ROOT, &[":path"], at).reroutes()
    };
    assert_eq!(scene(Position::First), Vec::<String>::new());
    assert_eq!(scene(Position::BeforeAuth), Vec::<String>::new());
    let reroutes = scene(Position::Last);
    assert!(
        reroutes[0].contains("Contour's own authorization"),
        "{reroutes:?}"
    );
}
