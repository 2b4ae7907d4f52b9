//! What holds for every request.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod double;

use double::{Exchanged, compiled, exchange, pairs};
use hachure_exchange::HeaderMap;
use proptest::prelude::*;

/// A config a kind: each reads other places and changes other things.
const CONFIGS: &[&str] = &[
    r#"{"sources": [{"path": {"template": "/v{version}"}}],
        "versions": [{"name": "1", "upstream": {"path": {"prefix": "/legacy"}}},
                     {"name": "2", "aliases": ["latest"], "upstream": {"path": {"prefix": "/"}}},
                     {"name": "3", "upstream": {"path": {"prefix": "/v1"}}}],
        "default": "2", "reroute": true}"#,
    r#"{"sources": [{"header": {"name": "Accept-Version"}}, {"path": {"template": "/api/v{version}"}},
                    {"query": {"name": "v"}}],
        "versions": [{"name": "1", "upstream": {"path": {"segment": "v2"}}},
                     {"name": "2", "upstream": {"path": {"segment": "v1"},
                                                "headers": [{"name": "x-v", "value": "2"}]}},
                     {"name": "3"}],
        "onMissing": "pass", "reroute": true}"#,
    r#"{"sources": [{"mediaType": {"vendor": "application/vnd.a.v{version}+json", "param": "version"}},
                    {"header": {"name": "Accept-Version"}}],
        "versions": [{"name": "1", "upstream": {"mediaType": "application/json"}},
                     {"name": "2", "upstream": {"mediaType": "application/json",
                                                "path": {"prefix": "/two"}}},
                     {"name": "3", "status": "sunset", "links": {"successor": "/2"}}],
        "default": "1", "reroute": true}"#,
    r#"{"sources": [{"path": {"template": "/v{version}"}}, {"header": {"name": "Accept-Version"}},
                    {"mediaType": {"param": "version"}}, {"query": {"name": "v"}}],
        "versions": [{"name": "1"}, {"name": "2"}, {"name": "3"}],
        "conflict": "reject", "enforceSunset": true}"#,
];

fn config() -> impl Strategy<Value = &'static str> {
    prop::sample::select(CONFIGS)
}

fn version() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1", "2", "3", "9", "latest", "", "1, 2"]).prop_map(str::to_owned)
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        version().prop_map(|v| format!("v{v}")),
        prop::sample::select(vec![
            "api", "legacy", "two", "vendors", "", "%2F", "a;b", "..", "%zz"
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9._~%-]{1,5}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    let near = prop::sample::select(vec!["api", "v1", "v2", "v3", "x"]).prop_map(str::to_owned);
    let segments = prop_oneof![
        3 => prop::collection::vec(near, 1..5),
        1 => prop::collection::vec(segment(), 0..5),
    ];
    let query = prop_oneof![Just(String::new()), "\\?(v=[123]&?|[a-z=&%/?]{1,3}){0,3}"];
    (segments, query).prop_map(|(segments, query)| format!("/{}{query}", segments.join("/")))
}

fn media_type() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        version().prop_map(|v| format!("application/vnd.a.v{v}+json")),
        version().prop_map(|v| format!("application/json; version={v}")),
        Just("application/json".to_owned()),
        Just("*/*".to_owned()),
    ];
    let weight = prop::sample::select(vec!["", ";q=0.5", "; q=0", ";q=0.001"]);
    (kind, weight).prop_map(|(kind, weight)| format!("{kind}{weight}"))
}

/// Requests near what the configs read.
fn request() -> impl Strategy<Value = HeaderMap> {
    let accept = prop::collection::vec(media_type(), 0..4).prop_map(|types| types.join(", "));
    let fields = prop::collection::vec(
        prop_oneof![
            version().prop_map(|v| ("accept-version", v)),
            accept.prop_map(|a| ("accept", a)),
            media_type().prop_map(|t| ("content-type", t)),
            version().prop_map(|v| ("x-v", v)),
        ],
        0..5,
    );
    (path(), fields).prop_map(|(path, fields)| {
        let first = [(":method", "GET".to_owned()), (":path", path)];
        first.into_iter().chain(fields).collect()
    })
}

fn run(config: &str, request: &HeaderMap) -> Exchanged {
    exchange(&compiled(config), request, &HeaderMap::new(), vec![])
}

/// Envoy itself answers `*` before any filter; other hosts may not.
#[test]
fn a_request_without_a_path_names_no_version_there() {
    for request in [pairs(&[(":path", "*")]), pairs(&[(":method", "CONNECT")])] {
        assert_eq!(run(CONFIGS[0], &request).version().as_deref(), Some("2"));
        assert_eq!(run(CONFIGS[0], &request).request, request);
        assert_eq!(run(CONFIGS[3], &request).reply.unwrap().status(), 400);
    }
}

proptest! {
    // Few requests name one version by a header and another one by their path.
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    /// Envoy runs the filter again on what it made: nothing more changes, nothing counts twice.
    #[test]
    fn a_second_run_changes_nothing(config in config(), request in request()) {
        let policy = compiled(config);
        let first = exchange(&policy, &request, &HeaderMap::new(), vec![]);
        if first.reply.is_some() || first.version().is_none() {
            return Ok(());
        }
        let second = exchange(&policy, &first.request, &HeaderMap::new(), first.state.clone());
        prop_assert_eq!(&second.request, &first.request);
        prop_assert_eq!(second.version(), first.version());
        prop_assert_eq!(&second.state, &first.state);
        prop_assert!(second.reply.is_none());
        prop_assert_eq!(second.counts, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// `/v1` and something is not `/v1`.
    #[test]
    fn segments_are_exact(more in "[a-zA-Z0-9._~-]{1,8}", rest in "(/[a-z]{0,3}){0,2}") {
        let request = pairs(&[(":path", &format!("/v1{more}{rest}"))]);
        let seen = run(CONFIGS[0], &request);
        prop_assert_ne!(seen.version(), Some("1".to_owned()));
    }

    /// Everything after the version arrives as it was sent.
    #[test]
    fn bytes_are_preserved(
        rest in "(/([a-zA-Z0-9._~!$&'()*+,;=:@-]{1,6}|%[2-7][1-9A-Da-d]){1,3}){0,4}/?",
        query in prop_oneof![Just(vec![]), prop::collection::vec(1_u8.., 0..20)],
    ) {
        let dots = rest.split('/').any(|s| matches!(s, "." | ".."));
        prop_assume!(!dots && !rest.to_ascii_lowercase().contains("%2e"));
        let mut tail = rest.into_bytes();
        if !query.is_empty() {
            tail.push(b'?');
            tail.extend(query.iter().filter(|b| !matches!(b, b'\r' | b'\n')));
        }
        let request = [(":path", [b"/v1", &tail[..]].concat())].into_iter().collect();
        let seen = run(CONFIGS[0], &request);
        let wanted = [b"/legacy", &tail[..]].concat();
        prop_assert_eq!(seen.request.values(":path").next(), Some(&wanted[..]));
    }

    /// A version that is chosen is one of the config's, and the response names the same one.
    #[test]
    fn only_configured_versions_are_chosen(config in config(), request in request()) {
        let seen = run(config, &request);
        if let Some(version) = seen.version() {
            prop_assert!(["1", "2", "3"].contains(&version.as_str()));
            prop_assert_eq!(seen.response.values("api-version").next(), Some(version.as_bytes()));
        } else {
            prop_assert!(!seen.response.contains("api-version"));
        }
    }

    /// The order of different names, and the case of names, decide nothing.
    #[test]
    fn order_and_case_of_names_decide_nothing(
        config in config(),
        request in request(),
        upper in any::<bool>(),
    ) {
        let mut names: Vec<&[u8]> = request.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        names.reverse();
        let other: HeaderMap = names
            .iter()
            .flat_map(|name| {
                let name = str::from_utf8(name).unwrap();
                let shown = if upper { name.to_ascii_uppercase() } else { name.to_owned() };
                request.values(name).map(move |value| (shown.clone(), value.to_vec()))
            })
            .collect();
        let (a, b) = (run(config, &request), run(config, &other));
        prop_assert_eq!(&a.reply, &b.reply);
        prop_assert_eq!(a.version(), b.version());
        prop_assert_eq!(&a.response, &b.response);
        for name in [":path", "accept", "content-type", "x-v"] {
            let values = |map: &HeaderMap| map.values(name).map(<[u8]>::to_vec).collect::<Vec<_>>();
            prop_assert_eq!(values(&a.request), values(&b.request));
        }
    }

    /// No bytes make it panic or set a header that splits a message.
    #[test]
    fn any_bytes_are_survived(
        config in config(),
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 8),
        near in request(),
        keep in any::<bool>(),
    ) {
        let names = [":path", "accept-version", "accept", "accept", "content-type"];
        let mut request: HeaderMap = names.into_iter().zip(&values).collect();
        if keep {
            request = near;
            request.set("accept-version", &values[0]);
            request.add("accept", &values[1]);
        }
        let answer = ["link", "vary", "content-type"].into_iter().zip(&values[5..]).collect();
        let state = vec![
            ("hachure.version", b"1".to_vec()),
            ("hachure.version.path", values[2].clone()),
            ("hachure.version.mediaType", values[3].clone()),
        ];
        let policy = compiled(config);
        exchange(&policy, &request, &answer, vec![]);
        exchange(&policy, &request, &answer, state);
    }

    /// A weight of 0 and a version that no range names choose nothing; a translated `Accept`
    /// names the version no more.
    #[test]
    fn a_translated_accept_is_plain(types in prop::collection::vec(media_type(), 1..5)) {
        let accept = types.join(", ");
        let seen = run(CONFIGS[2], &pairs(&[(":path", "/"), ("accept", &accept)]));
        let after: Vec<u8> = seen.request.values("accept").next().unwrap_or_default().to_vec();
        let after = String::from_utf8(after).unwrap();
        if let (Some(version), true) = (seen.version(), after != accept) {
            prop_assert!(!after.contains(&format!("vnd.a.v{version}+json")), "{}", after);
            prop_assert!(!after.contains("version="), "{}", after);
        }
    }
}
