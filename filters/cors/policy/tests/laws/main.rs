//! What holds of every config and every request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod drive;
mod model;

use hachure_cors_policy::vary;
use proptest::prelude::*;
use serde_json::json;

use drive::{Exchanged, exchange, get, preflight};
use model::{listed_origins, origin, pattern, spelled};

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

proptest! {
    /// The answer names the origin exactly where a plain reading of the patterns says so.
    #[test]
    fn an_origin_is_allowed_where_the_model_says_so(
        patterns in prop::collection::vec(pattern(), 1..6),
        origin in origin(),
        spelling in any::<u64>(),
    ) {
        let expected = patterns.iter().any(|pattern| pattern.holds(&origin));
        let texts: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        let sent = spelled(&origin.to_string(), spelling);
        let answer = exchange(&json!({"origins": texts}), &get(sent.as_bytes()), &[]);
        let allowed = expected.then_some(sent);
        prop_assert_eq!(answer.value(ALLOW_ORIGIN), allowed, "{:?}", texts);
    }

    /// The order of `origins` does not count.
    #[test]
    fn the_order_of_origins_does_not_count(
        patterns in prop::collection::vec(pattern(), 1..6),
        origin in origin(),
        turn in 0_usize..6,
    ) {
        let mut texts: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        let request = get(origin.to_string().as_bytes());
        let one = exchange(&json!({"origins": texts}), &request, &[]);
        let middle = turn % texts.len();
        texts.rotate_left(middle);
        let turned = exchange(&json!({"origins": texts}), &request, &[]);
        texts.reverse();
        let reversed = exchange(&json!({"origins": texts}), &request, &[]);
        prop_assert_eq!(&one, &turned);
        prop_assert_eq!(&one, &reversed);
    }

    /// A wildcard holds below its host: not for the host, nor for what begins or ends with it.
    #[test]
    fn a_wildcard_never_leaves_its_host(
        host in "[a-z]{1,8}\\.[a-z]{2,5}",
        label in "[a-z0-9]{1,8}",
        suffix in "[a-z]{2,5}",
    ) {
        let config = json!({"origins": [format!("https://*.{host}")]});
        let allowed = |host: String| {
            let sent = format!("https://{host}");
            exchange(&config, &get(sent.as_bytes()), &[]).value(ALLOW_ORIGIN).is_some()
        };
        let below = [format!("{label}.{host}"), format!("{label}.{label}.{host}")];
        let outside = [
            host.clone(),
            format!("{label}{host}"),
            format!("{label}.{host}.{suffix}"),
            format!("{label}.{host}{suffix}"),
            format!("{label}.{host}."),
        ];
        prop_assert!(below.into_iter().all(&allowed));
        prop_assert!(!outside.into_iter().any(&allowed));
    }

    /// Whatever comes, no phase panics, and no answer allows more than the config does: the
    /// origin is one that is listed or `*`, once, and credentials only where configured.
    #[test]
    fn nothing_sent_allows_more_than_the_config(
        origins in listed_origins(),
        credentials in any::<bool>(),
        shadow in any::<bool>(),
        on_disallowed in prop::sample::select(vec!["deny", "passthrough", "noHeaders"]),
        request in drive::headers(),
        response in drive::headers(),
    ) {
        let config = json!({
            "origins": origins,
            "credentials": credentials,
            "methods": ["*"],
            "headers": ["*"],
            "expose": ["*"],
            "onDisallowed": on_disallowed,
            "mode": if shadow { "shadow" } else { "enforce" },
        });
        let answer = exchange(&config, &request, &response);
        let values = answer.values(ALLOW_ORIGIN);
        if shadow && values == drive::values(&response, ALLOW_ORIGIN) {
            return Ok(());
        }
        prop_assert!(values.len() <= 1, "{values:?}");
        for value in &values {
            prop_assert!(drive::values(&request, "origin").contains(value), "{value:?}");
            let origin = String::from_utf8(value.clone()).unwrap().to_ascii_lowercase();
            prop_assert!(origins.contains(&origin), "{origin}");
        }
        let may_credentials = answer.values(ALLOW_CREDENTIALS);
        let expected = if credentials && !values.is_empty() { vec![b"true".to_vec()] } else { vec![] };
        prop_assert_eq!(may_credentials, expected);
    }

    /// `Vary` names all that it has to, and a second merge has nothing to add.
    #[test]
    fn merging_vary_is_idempotent(
        theirs in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..24),
            "([A-Za-z-]{1,6}|Origin|origin|\\*)(, ?([A-Za-z-]{1,6}|ORIGIN)){0,4}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let ours = ["Origin", "Access-Control-Request-Method"];
        let now = vary::merge(&theirs, &ours);
        let named = drive::names(now.as_ref().unwrap_or(&theirs));
        let count = |name: &str| named.iter().filter(|n| **n == name.to_lowercase().as_bytes()).count();
        let star = named.contains(&b"*".to_vec());
        prop_assert!(star || ours.iter().all(|name| count(name) >= 1));
        if let Some(now) = now {
            prop_assert_eq!(vary::merge(&now, &ours), None);
            prop_assert!(now.starts_with(theirs.trim_ascii()));
            let before = drive::names(&theirs);
            for name in ours {
                let had = before.contains(&name.to_lowercase().into_bytes());
                prop_assert!(had || count(name) == 1, "{name} more than once");
            }
        }
    }

    /// A preflight that is answered with an origin is one whose method and headers are listed.
    #[test]
    fn a_preflight_is_allowed_where_all_of_it_is(
        methods in prop::collection::btree_set("(PUT|DELETE|PATCH|GET)", 1..3),
        headers in prop::collection::btree_set("x-[a-c]", 0..3),
        method in "(PUT|DELETE|PATCH|GET|put)",
        asked in prop::collection::vec("(x-[a-c]|X-[A-C]|accept)", 0..3),
    ) {
        let origin = "https://app.example.com";
        let config = json!({"origins": [origin], "methods": methods, "headers": headers});
        let answer = exchange(&config, &preflight(origin, &method, &asked), &[]);
        let expected = (method == "GET" || methods.contains(&method))
            && asked.iter().all(|name| {
                name == "accept" || headers.contains(&name.to_ascii_lowercase())
            });
        prop_assert_eq!(answer.value(":status").unwrap(), "204");
        prop_assert!(answer.replied);
        prop_assert_eq!(answer.value(ALLOW_ORIGIN).is_some(), expected);
    }
}

/// A config that holds nothing but what it must is enough.
#[test]
fn an_exchange_without_origin_changes_vary_alone() {
    let answer: Exchanged = exchange(&json!({"origins": ["https://a.test"]}), &[], &[]);
    assert_eq!(answer.headers, [("vary".to_owned(), b"Origin".to_vec())]);
}
