//! The laws of header mutation, for messages and configs of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod any;
mod run;

use hachure_exchange::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

fn values(headers: &HeaderMap, name: &str) -> Vec<Vec<u8>> {
    headers.values(name).map(<[u8]>::to_vec).collect()
}

/// Every header but those of these names, in order.
fn others(headers: &HeaderMap, names: &[&str]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let named = |name: &[u8]| names.iter().any(|n| n.as_bytes() == name);
    let others = headers.iter().filter(|(name, _)| !named(name));
    others
        .map(|(name, value)| (name.to_vec(), value.to_vec()))
        .collect()
}

fn of_request(operation: &Value) -> Value {
    json!({"rules": [{"phase": "request", "operation": operation}]})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whatever the rules and the bytes, nothing panics and no effect splits a message (`run`
    /// looks at each).
    #[test]
    fn any_rules_over_any_message(
        rules in proptest::collection::vec(any::rule("request"), 1..5),
        more in proptest::collection::vec(any::rule("response"), 1..4),
        request in any::request(),
        response in any::response(),
    ) {
        let rules: Vec<Value> = rules.into_iter().chain(more).collect();
        if let Some(policy) = run::compile(&json!({"reroute": true, "rules": rules})) {
            run::both(&policy, &request, &response);
        }
    }

    /// Rules run in order: two of them do what the one and then the other does.
    #[test]
    fn rules_compose(
        first in any::rule("request"),
        second in any::rule("request"),
        request in any::request(),
    ) {
        let policy = |rules: &[&Value]| run::compile(&json!({"reroute": true, "rules": rules}));
        let (Some(one), Some(other), Some(both)) =
            (policy(&[&first]), policy(&[&second]), policy(&[&first, &second]))
        else {
            return Ok(());
        };
        let between = run::request(&one, &request).unwrap();
        prop_assert_eq!(run::request(&both, &request), run::request(&other, &between));
    }

    /// What another filter tells is printable ASCII in a header, or not there.
    #[test]
    fn what_is_told_is_ascii_or_absent(
        tell in any::value(),
        value in prop::sample::select(&["${claim.c}", "a ${consumer.name}", "${consumer.id|lower}"][..]),
        operation in prop::sample::select(&["set", "append", "appendCsv"][..]),
    ) {
        let rule = json!({operation: {"name": "x-told", "value": value}});
        let policy = run::compile(&of_request(&rule)).unwrap();
        let after = run::told(&policy, &HeaderMap::new(), &tell).unwrap();
        let printable = |b: &u8| matches!(b, b'\t' | b' '..=b'~');
        for value in after.values("x-told") {
            prop_assert!(value.iter().all(printable), "{:?}", value);
        }
        if !tell.is_empty() && tell.iter().all(printable) {
            prop_assert!(after.contains("x-told"));
        }
    }

    /// What routes are chosen by is never changed unless the config says so.
    #[test]
    fn no_rule_reroutes_unasked(
        rules in proptest::collection::vec(any::rule("request"), 1..4),
        request in any::request(),
    ) {
        let config = json!({"routingHeaders": ["X-Route"], "rules": rules});
        let Some(policy) = run::compile(&config) else { return Ok(()) };
        let after = run::request(&policy, &request).unwrap();
        for name in [":path", ":method", ":authority", ":scheme", "x-route"] {
            prop_assert_eq!(values(&after, name), values(&request, name), "{}", name);
        }
    }

    /// Framing is never changed unless the rule says so, and no first line loses a part.
    #[test]
    fn no_rule_breaks_the_frame(
        rules in proptest::collection::vec(any::rule("request"), 1..4),
        request in any::request(),
    ) {
        let mut safe = rules.clone();
        for rule in &mut safe {
            rule["allowUnsafe"] = json!(false);
        }
        if let Some(policy) = run::compile(&json!({"reroute": true, "rules": safe})) {
            let after = run::request(&policy, &request).unwrap();
            for name in ["content-length", "transfer-encoding", "connection", ":path", ":method"] {
                prop_assert_eq!(values(&after, name), values(&request, name), "{}", name);
            }
        }
        if let Some(policy) = run::compile(&json!({"reroute": true, "rules": rules})) {
            let after = run::request(&policy, &request).unwrap();
            for name in [":path", ":method", ":authority", ":scheme"] {
                prop_assert_eq!(values(&after, name).len(), 1, "{}", name);
            }
        }
    }

    /// Headers that a rule does not name keep their bytes and their order.
    #[test]
    fn other_headers_keep_their_bytes(operation in any::operation(), request in any::request()) {
        prop_assume!(operation.get("removeMatching").is_none());
        let Some(policy) = run::compile(&of_request(&operation)) else { return Ok(()) };
        let after = run::request(&policy, &request).unwrap();
        let body = operation.as_object().unwrap().values().next().unwrap();
        let names: Vec<_> = ["name", "from", "to"].iter().filter_map(|k| body[k].as_str()).collect();
        prop_assert_eq!(others(&after, &names), others(&request, &names));
    }

    /// Set, remove, dedupe and their kind do nothing the second time.
    #[test]
    fn settled_operations_are_idempotent(
        name in prop::sample::select(vec!["x-a", "x-b", "set-cookie"]),
        text in "[ -~]{0,8}",
        request in any::request(),
    ) {
        let text = text.trim().replace("${", "");
        for operation in [
            json!({"set": {"name": name, "value": text}}),
            json!({"set": {"name": name, "value": "${request.query.q}"}}),
            json!({"setIfAbsent": {"name": name, "value": text}}),
            json!({"replaceIfPresent": {"name": name, "value": text}}),
            json!({"remove": {"name": name}}),
            json!({"removeMatching": {"name": {"prefix": "x-"}}}),
            json!({"dedupe": {"name": name}}),
            json!({"dedupe": {"name": name, "keep": "last"}}),
            json!({"copy": {"from": name, "to": "x-copy"}}),
        ] {
            let policy = run::compile(&of_request(&operation)).unwrap();
            let once = run::request(&policy, &request).unwrap();
            prop_assert_eq!(run::request(&policy, &once), Some(once), "{}", operation);
        }
    }

    /// A copied header has the very bytes of the original, or the rule did nothing.
    #[test]
    fn copies_are_exact(request in any::request()) {
        let copy = of_request(&json!({"copy": {"from": "x-a", "to": "x-copy"}}));
        let after = run::request(&run::compile(&copy).unwrap(), &request).unwrap();
        let original = values(&request, "x-a");
        let fit = |b: &u8| matches!(b, b'\t' | b' '..=b'~' | 128..);
        let expected = match original.iter().all(|value| value.iter().all(fit)) {
            true => original,
            false => vec![],
        };
        prop_assert_eq!(values(&after, "x-copy"), expected);
    }

    /// Query parameters that no rule names keep their bytes and their order, and so does the path.
    #[test]
    fn other_parameters_keep_their_bytes(
        name in prop::sample::select(vec!["q", "new"]),
        operation in prop::sample::select(vec!["set", "append", "setIfAbsent", "appendCsv"]),
        request in any::request(),
    ) {
        let operation = json!({operation: {"name": name, "value": "a b"}});
        let rule = json!({"phase": "request", "target": "query", "operation": operation});
        let policy = run::compile(&json!({"reroute": true, "rules": [rule]})).unwrap();
        let after = run::request(&policy, &request).unwrap();
        prop_assert_eq!(others(&after, &[":path"]), others(&request, &[":path"]));
        let (before, after) = (&values(&request, ":path")[0], &values(&after, ":path")[0]);
        prop_assert_eq!(rest(after, name), rest(before, name));
    }

    /// Any text at all is a config or an error.
    #[test]
    fn any_text_is_a_config_or_an_error(text in ".{0,40}", key in "[a-zA-Z]{0,8}") {
        for config in [
            json!({"rules": [{"phase": text, key.as_str(): text}]}),
            of_request(&json!({"set": {"name": text, "value": text}})),
            of_request(&json!({"set": {"name": "x-a", "value": format!("${{{text}}}")}})),
            of_request(&json!({"regexReplace": {"name": "x-a", "pattern": text, "replacement": text}})),
            json!({"rules": [{
                "phase": "request",
                "when": {"path": {"template": text}},
                "operation": {"remove": {"name": "x-a"}},
            }]}),
        ] {
            run::compile(&config);
        }
    }
}

/// A target without the parameters of this name and without empty ones.
fn rest(target: &[u8], name: &str) -> (Vec<u8>, Vec<Vec<u8>>) {
    let target = hachure_config::RequestPath::new(target);
    let others = target.parameters().filter(|p| !p.is(name.as_bytes()));
    (
        target.path().to_vec(),
        others.map(|p| p.raw.to_vec()).collect(),
    )
}
