//! The splice over what stock Contour said (`tests/data`, where its README says how it was recorded).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hachure_contour_extension::splice::{
    Chain, Filter, Owner, Position, Treatment, hosts, listener, routes,
};
use hachure_contour_extension::wire::put;

/// The recorded resources of a kind, by their file names.
fn recorded(kind: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(kind);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let read = files.map(|file| {
        let name = file.file_name().into_string().unwrap();
        (name, fs::read(file.path()).unwrap())
    });
    read.collect()
}

/// The recorded name of a route configuration.
fn name_of(file: &str) -> String {
    file.replacen('_', "/", usize::from(file.starts_with("https_")))
}

fn chain(name: &str) -> Chain {
    let positions = [Position::First, Position::BeforeAuth, Position::Last];
    let filter = |position: Position| {
        let mut message = vec![];
        put(
            &mut message,
            1,
            format!("a filter of ours, {position:?}").as_bytes(),
        );
        Filter {
            name: format!("{position:?}"),
            position,
            message,
        }
    };
    Chain {
        route_config_name: name.to_owned(),
        filters: positions.map(filter).into(),
    }
}

fn count(bytes: &[u8], text: &str) -> usize {
    let windows = bytes.windows(text.len());
    windows.filter(|window| *window == text.as_bytes()).count()
}

#[test]
fn what_is_not_asked_for_is_byte_for_byte_as_it_was() {
    let listeners = recorded("listeners");
    assert!(listeners.len() >= 4, "{:?}", listeners.keys());
    for (name, bytes) in listeners {
        let spliced = listener(&bytes, |_| None).unwrap();
        assert_eq!((spliced.bytes, spliced.refused), (None, vec![]), "{name}");
    }
    for (file, bytes) in recorded("routes") {
        let passed = routes(&bytes, &name_of(&file), |_| &Treatment::Pass);
        assert_eq!(passed, Ok(None), "{file}");
        let renamed = routes(&bytes, "other", |_| &Treatment::Pass)
            .unwrap()
            .unwrap();
        let back = routes(&renamed, &name_of(&file), |_| &Treatment::Pass)
            .unwrap()
            .unwrap();
        assert_eq!(back, bytes, "{file}");
    }
}

#[test]
fn every_manager_with_routes_by_name_takes_filters() {
    let mut managers = BTreeMap::new();
    for (name, bytes) in recorded("listeners") {
        let chain = chain("routes-of-ours");
        let spliced = listener(&bytes, |_| Some(&chain)).unwrap();
        assert!(spliced.refused.is_empty(), "{name}: {:?}", spliced.refused);
        let Some(spliced) = spliced.bytes else {
            continue;
        };
        let [first, auth, last, routes] =
            ["First", "BeforeAuth", "Last", "routes-of-ours"].map(|text| count(&spliced, text));
        assert!(
            [first, auth, last].iter().all(|count| *count == routes),
            "{name}"
        );
        managers.insert(name, routes);
    }
    // One for plain HTTP, one for each host with TLS.
    let expected = [("ingress_http", 1), ("ingress_https", 2)];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(managers, BTreeMap::from(expected));
}

#[test]
fn every_route_names_the_object_that_it_was_made_of() {
    let owner = |name: &str| Owner {
        kind: "HTTPProxy".into(),
        namespace: "shop".into(),
        name: name.into(),
    };
    let owners: BTreeMap<_, _> = recorded("routes")
        .into_iter()
        .map(|(file, bytes)| {
            let hosts = hosts(&bytes).unwrap();
            let routes = hosts.into_iter().flat_map(|host| host.routes);
            let owners = routes.filter_map(|route| Some(Owner::clone(&*route.owner?)));
            (file, owners.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(owners["https_secure.example.com"], [owner("secure")]);
    assert_eq!(owners["https_other.example.com"], [owner("other")]);
    let mut plain = owners["ingress_http"].clone();
    plain.sort();
    assert_eq!(plain, [owner("always"), owner("other"), owner("secure")]);
}
