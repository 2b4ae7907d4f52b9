//! Wycheproof's sets of signed texts and of keys.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use hachure_jose::{Alg, AllowList, Jws, KeySet, Limits, Verdict, verify};
use serde_json::{Value, json};

/// Where the answer here is not Wycheproof's, and why.
const OTHERWISE: [(u64, bool, &str); 8] = [
    (
        346,
        false,
        "the key is for PS256, the token says PS384 (RFC 7517, 4.4)",
    ),
    (
        347,
        false,
        "the key's `alg` is ES521, which is no algorithm",
    ),
    (
        350,
        false,
        "the key is for PS256, the token says PS384 (RFC 7517, 4.4)",
    ),
    (
        351,
        false,
        "the key's `alg` is ES521, which is no algorithm",
    ),
    (
        367,
        true,
        "byte for byte the valid token 357: the padding it was about is not there",
    ),
    (
        370,
        true,
        "byte for byte the valid token 357: the padding it was about is not there",
    ),
    (
        372,
        false,
        "a question mark in the header is no base64url (RFC 7515, 5.2)",
    ),
    (
        373,
        false,
        "a question mark in the payload is no base64url (RFC 7515, 5.2)",
    ),
];

fn is_accepted(keys: &Value, token: &str) -> bool {
    let keys = match keys.get("keys") {
        Some(_) => keys.clone(),
        None => json!({ "keys": [keys] }),
    };
    let (keys, _) = KeySet::parse(keys.to_string().as_bytes()).unwrap();
    let Ok(jws) = Jws::parse(token.as_bytes(), Limits::new(Limits::MAX_SIZE)) else {
        return false;
    };
    let allowed: AllowList = Alg::ALL.into_iter().collect();
    let candidates = keys.candidates(jws.header(), allowed).unwrap_or_default();
    candidates.iter().any(|key| {
        let inside = verify(&jws, key, &mut |_| None);
        assert_eq!(inside, verify(&jws, key, &mut support::host));
        inside == Verdict::Valid
    })
}

fn check(name: &str, otherwise: &[(u64, bool, &str)]) {
    let set = support::wycheproof(name);
    let mut wrong = vec![];
    let mut count = 0_u64;
    for group in set["testGroups"].as_array().unwrap() {
        let keys = group.get("public").unwrap_or(&group["private"]);
        for test in group["tests"].as_array().unwrap() {
            count = count.saturating_add(1);
            let id = test["tcId"].as_u64().unwrap();
            let otherwise = otherwise.iter().find(|(other, ..)| *other == id);
            let expected = otherwise.map_or(test["result"] == "valid", |(_, ours, _)| *ours);
            let token = test["jws"].as_str().unwrap_or_default();
            if is_accepted(keys, token) != expected {
                wrong.push(format!("{id} {} {}", test["comment"], test["result"]));
            }
        }
    }
    assert_eq!(count, set["numberOfTests"]);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn signatures() {
    check("json_web_signature", &OTHERWISE);
}

#[test]
fn keys() {
    check("json_web_key", &[]);
}
