//! The splice over random messages: what it is not asked to change it does not change, and what it
//! changes it changes in the one place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use hachure_contour_extension::splice::{
    Chain, Filter, Owner, Place, Position, Treatment, hosts, listener, routes,
};
use hachure_contour_extension::wire::{any, fields, put, put_number};
use proptest::collection::vec;
use proptest::prelude::*;

const MANAGER: &str = "type.googleapis.com/envoy.extensions.filters.network.\
     http_connection_manager.v3.HttpConnectionManager";
const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
const KNOWN: [u32; 12] = [1, 2, 3, 4, 5, 7, 13, 15, 16, 17, 18, 25];

/// A field with a number that no message walked here gives a meaning to.
fn unknown() -> impl Strategy<Value = Vec<u8>> {
    let number = (30_u32..2000).prop_filter("known", |number| !KNOWN.contains(number));
    let content = prop_oneof![
        any_bytes().prop_map(|bytes| (true, bytes, 0)),
        proptest::prelude::any::<u64>().prop_map(|value| (false, vec![], value)),
    ];
    (number, content).prop_map(|(number, (message, bytes, value))| {
        let mut field = vec![];
        match message {
            true => put(&mut field, number, &bytes),
            false => put_number(&mut field, number, value),
        }
        field
    })
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(proptest::prelude::any::<u8>(), 0..40)
}

/// The fields of a message, known and unknown, in any order but that of the known ones.
fn mixed(known: Vec<Vec<u8>>, unknown: Vec<Vec<u8>>) -> Vec<u8> {
    let mut message = vec![];
    let mut unknown = unknown.into_iter();
    for field in known {
        message.extend(unknown.next().unwrap_or_default());
        message.extend(field);
    }
    message.extend(unknown.flatten());
    message
}

fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut field = vec![];
    put(&mut field, number, content);
    field
}

fn text(number: u32, content: &str) -> Vec<u8> {
    field(number, content.as_bytes())
}

fn http_filter(type_url: &str) -> Vec<u8> {
    [text(1, "x"), field(4, &any(type_url, b"config"))].concat()
}

prop_compose! {
    fn manager()(name in "[a-z]{0,3}", filters in 0_usize..4, extra in vec(unknown(), 0..6))
        -> Vec<u8>
    {
        let mut known = vec![text(2, "stat")];
        if !name.is_empty() {
            known.push(field(3, &[field(1, b"source"), text(2, &name)].concat()));
        }
        for index in 0..filters {
            known.push(field(5, &http_filter(&format!("type.googleapis.com/x.{index}"))));
        }
        known.push(field(5, &http_filter(ROUTER)));
        mixed(known, extra)
    }
}

prop_compose! {
    fn a_listener()(
        managers in vec(manager(), 0..4),
        default in proptest::option::of(manager()),
        extra in vec(unknown(), 0..4),
        inner in vec(unknown(), 0..3),
    ) -> Vec<u8> {
        let chain = |manager: &Vec<u8>| {
            let filter = mixed(vec![text(1, "hcm"), field(4, &any(MANAGER, manager))], inner.clone());
            let other = [text(1, "tcp"), field(4, &any("type.googleapis.com/tcp", manager))].concat();
            [field(3, &other), field(3, &filter)].concat()
        };
        let mut known = vec![text(1, "ingress")];
        known.extend(managers.iter().map(|manager| field(3, &chain(manager))));
        known.extend(default.iter().map(|manager| field(25, &chain(manager))));
        mixed(known, extra)
    }
}

prop_compose! {
    fn a_route()(owner in "[ab]?", redirects in proptest::prelude::any::<bool>(), extra in vec(unknown(), 0..4))
        -> Vec<u8>
    {
        let mut known = vec![field(1, b"match")];
        known.push(field(if redirects { 3 } else { 2 }, b"action"));
        if !owner.is_empty() {
            let entry = |key: &str, value: &[u8]| [text(1, key), field(2, value)].concat();
            let member = |key: &str, value: &str| {
                field(1, &entry(&format!("io.projectcontour.{key}"), &text(3, value)))
            };
            let source =
                [member("kind", "HTTPProxy"), member("namespace", "n"), member("name", &owner)];
            known.push(field(4, &field(1, &entry("envoy.access_loggers.file", &source.concat()))));
        }
        mixed(known, extra)
    }
}

prop_compose! {
    fn route_configuration()(
        routes in vec(a_route(), 0..6),
        extra in vec(unknown(), 0..4),
    ) -> Vec<u8> {
        let routes = routes.iter().map(|route| field(3, route)).collect();
        let host = mixed(routes, extra.clone());
        mixed(vec![text(1, "name"), field(2, &host)], extra)
    }
}

fn chain() -> Chain {
    let filter = Filter {
        name: "ours".into(),
        position: Position::Last,
        message: [
            text(1, "ours"),
            field(4, &any("type.googleapis.com/ours", b"config")),
        ]
        .concat(),
    };
    Chain {
        route_config_name: "other".into(),
        filters: vec![filter],
    }
}

/// How often a text stands in some bytes.
fn count(bytes: &[u8], text: &str) -> usize {
    bytes
        .windows(text.len())
        .filter(|window| *window == text.as_bytes())
        .count()
}

/// Every byte of `inner` stands in `outer`, in order.
fn within(inner: &[u8], outer: &[u8]) -> bool {
    let mut outer = outer.iter();
    inner.iter().all(|byte| outer.any(|other| other == byte))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_to_insert_is_nothing_changed(bytes in a_listener()) {
        let spliced = listener(&bytes, |_| None).unwrap();
        prop_assert_eq!(spliced.bytes, None);
        prop_assert!(spliced.refused.is_empty());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any_bytes()) {
        let chain = chain();
        let _ = listener(&bytes, |_| Some(&chain));
        let closed = Treatment::Close("no".into());
        let _ = routes(&bytes, "name", |_| &closed);
        let _ = hosts(&bytes);
    }

    #[test]
    fn each_manager_with_routes_by_name_gets_the_filter_once(bytes in a_listener()) {
        let chain = chain();
        let asked = std::cell::Cell::new(0);
        let spliced = listener(&bytes, |_| {
            asked.set(asked.get() + 1);
            Some(&chain)
        }).unwrap();
        let asked = asked.get();
        match spliced.bytes {
            None => prop_assert_eq!(asked, 0),
            Some(after) => {
                prop_assert_eq!(count(&after, "googleapis.com/ours"), asked);
                prop_assert!(fields(&after).all(|field| field.is_ok()));
            }
        }
    }

    #[test]
    fn routes_that_pass_under_their_name_stay(bytes in route_configuration()) {
        let passed = routes(&bytes, "name", |_| &Treatment::Pass).unwrap();
        prop_assert_eq!(passed, None);
    }

    #[test]
    fn a_name_that_changes_changes_nothing_else(bytes in route_configuration()) {
        let renamed = routes(&bytes, "else", |_| &Treatment::Pass).unwrap().unwrap();
        let back = routes(&renamed, "name", |_| &Treatment::Pass).unwrap().unwrap();
        prop_assert_eq!(back, bytes);
    }

    #[test]
    fn routes_are_switched_on_by_their_owner(bytes in route_configuration()) {
        let hosts = hosts(&bytes).unwrap();
        let of_a = |place: Place| {
            let owner = Owner { kind: "HTTPProxy".into(), namespace: "n".into(), name: "a".into() };
            hosts[place.host].routes[place.route].owner.as_deref() == Some(&owner)
        };
        let all = hosts.iter().flat_map(|host| &host.routes);
        let expected = all.filter(|route| {
            route.owner.as_ref().is_some_and(|owner| owner.name == "a")
        }).count();
        let ours = Treatment::Enable(vec!["ours-by-name".into()]);
        let enabled = routes(&bytes, "name", |place| match of_a(place) {
            true => &ours,
            false => &Treatment::Pass,
        }).unwrap();
        match enabled {
            None => prop_assert_eq!(expected, 0),
            Some(after) => {
                prop_assert_eq!(count(&after, "ours-by-name"), expected);
                prop_assert_eq!(count(&after, "envoy.config.route.v3.FilterConfig"), expected);
            }
        }
    }

    #[test]
    fn a_closed_route_has_one_action(bytes in route_configuration()) {
        let all = count(&bytes, "match");
        let close = Treatment::Close("closed".into());
        let closed = routes(&bytes, "name", |_| &close).unwrap();
        let closed = closed.unwrap_or(bytes);
        prop_assert_eq!(count(&closed, "action"), 0);
        prop_assert_eq!(count(&closed, "closed"), all);
    }

    #[test]
    fn what_was_there_is_there(bytes in a_route(), name in "[a-z]{1,9}") {
        let whole = field(2, &field(3, &bytes));
        let enable = Treatment::Enable(vec![name.clone()]);
        let enabled = routes(&whole, "name", |_| &enable).unwrap();
        prop_assert!(within(&bytes, &enabled.unwrap()));
    }
}
