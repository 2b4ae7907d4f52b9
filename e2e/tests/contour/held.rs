//! Connections that are held open while a policy comes, changes, spoils and goes.

use std::thread::sleep;
use std::time::Duration;

use hachure_envoy::Protocol;
use serde_json::{Value, json};

use crate::load::{Answer, Load};
use crate::stage::{Stage, policy};

const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];
/// How long a connection is watched after something came to its end.
const WATCHED: Duration = Duration::from_millis(2500);

fn told(status: u16, header: &str) -> Answer {
    (status, header.to_owned())
}

fn always(answer: &Answer) -> Vec<Answer> {
    vec![answer.clone()]
}

/// What one connection of each protocol, and one new connection after the other, are answered while
/// something happens, and a while after it.
fn meanwhile(stage: &mut Stage, host: &str, happens: impl FnOnce(&mut Stage)) -> [Vec<Answer>; 3] {
    let [first, second] = PROTOCOLS.map(|protocol| Load::held(stage, host, protocol));
    let new = Load::start(stage, host);
    happens(stage);
    sleep(WATCHED);
    [first, second, new].map(Load::end)
}

pub(crate) fn no_change_fails_a_request_or_lets_one_pass_unfiltered(stage: &mut Stage) {
    let host = "held.example.com";
    let proxy = stage.proxy("held");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let (none, one, two) = (told(200, ""), told(200, "one"), told(200, "two"));

    // Added: what is older is served as before until it is handed over, then closed.
    let [first, second, new] = meanwhile(stage, host, |stage| {
        let policy = stage.policy("held", "one");
        stage.cluster.apply(&policy);
        stage.until(host, |answer| answer.text("x-policy") == "one");
        stage.until_condition(&policy, "Programmed", "Programmed");
    });
    assert_eq!(new, [none.clone(), one.clone()]);
    for old in [first, second] {
        assert_eq!(old, [none.clone(), told(503, "")], "an old connection");
    }

    // Changed: an old connection keeps the filter, in the config that it has.
    let [first, second, new] = meanwhile(stage, host, |stage| {
        stage.cluster.apply(&stage.policy("held", "two"));
        stage.until(host, |answer| answer.text("x-policy") == "two");
    });
    assert_eq!(new, [one.clone(), two.clone()]);
    for old in [first, second] {
        assert_eq!(old, always(&one));
    }

    // A bad config: what was good stays.
    let bad = policy("held", &json!({"rulez": []}));
    let answers = meanwhile(stage, host, |stage| {
        stage.cluster.apply(&bad);
        stage.until_condition(&bad, "Accepted", "Invalid");
    });
    assert!(
        answers.iter().all(|answers| *answers == always(&two)),
        "{answers:?}"
    );

    // A bad module: so it does.
    stage.cluster.apply(&stage.policy("held", "two"));
    stage.until_condition(&bad, "Programmed", "Programmed");
    stage.extension.spoil_module("cors");
    let spoilt = with_spoilt(stage.policy("held", "two"));
    let answers = meanwhile(stage, host, |stage| {
        stage.cluster.apply(&spoilt);
        stage.until_condition(&spoilt, "Programmed", "Refused");
    });
    assert!(
        answers.iter().all(|answers| *answers == always(&two)),
        "{answers:?}"
    );
    stage.cluster.apply(&stage.policy("held", "two"));
    stage.until_condition(&bad, "Programmed", "Programmed");

    // Removed: an old connection still has the filter, which is switched off.
    let [first, second, new] = meanwhile(stage, host, |stage| {
        stage.cluster.delete(&bad);
        stage.until(host, |answer| answer.text("x-policy").is_empty());
    });
    for answers in [first, second, new] {
        assert_eq!(answers, [two.clone(), none.clone()]);
    }

    // The target goes, and its policy stays.
    stage.cluster.apply(&stage.policy("held", "one"));
    stage.until(host, |answer| answer.text("x-policy") == "one");
    let answers = meanwhile(stage, host, |stage| {
        stage.cluster.delete(&proxy);
        stage.until(host, |answer| answer.status() == 404);
    });
    let gone = [one.clone(), told(404, "")];
    assert!(
        answers.iter().all(|answers| *answers == gone),
        "{answers:?}"
    );
    // And comes back, filtered from the first answer on. Where Contour has seen it before the
    // extension has, its routes are closed for that moment.
    let [_, _, mut new] = meanwhile(stage, host, |stage| {
        stage.cluster.apply(&proxy);
        stage.until(host, |answer| answer.status() == 200);
    });
    new.retain(|answer| *answer != told(503, ""));
    assert_eq!(new, [told(404, ""), one.clone()]);
    stage.cluster.delete(&bad);
    stage.until(host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
}

/// An Envoy that has just taken filters still holds routes without them: listeners that go back to
/// those never serve with them.
pub(crate) fn a_target_that_goes_soon_lets_no_request_pass_unfiltered(stage: &mut Stage) {
    let host = "soon.example.com";
    let (proxy, policy) = (stage.proxy("soon"), stage.policy("soon", "one"));
    let (none, one, gone) = (told(200, ""), told(200, "one"), told(404, ""));
    for _ in 0..8 {
        stage.cluster.apply(&proxy);
        stage.until(host, |answer| answer.status() == 200);
        let new = Load::start(stage, host);
        stage.cluster.apply(&policy);
        stage.until(host, |answer| answer.text("x-policy") == "one");
        stage.cluster.delete(&proxy);
        stage.until(host, |answer| answer.status() == 404);
        assert_eq!(new.end(), [none.clone(), one.clone(), gone.clone()]);
        stage.cluster.delete(&policy);
    }
}

/// The same policy with one more filter, whose module was spoilt.
fn with_spoilt(mut policy: Value) -> Value {
    let code = json!({"type": "Catalog", "catalog": {"name": "cors"}});
    let config = json!({"origins": ["https://app.example.com"]});
    let filters = policy
        .pointer_mut("/spec/wasm")
        .and_then(Value::as_array_mut);
    let spoilt = json!({"name": "spoilt", "code": code, "config": config});
    filters.unwrap().insert(0, spoilt);
    policy
}
