//! Tokens that are good, and all the ways in which they are not.

use hachure_casefile::Message;
use hachure_e2e::request;
use hachure_testtoken::{key_set, token};
use serde_json::{Value, json};

/// 2100-01-01T00:00:00Z.
const FAR: u64 = 4_102_444_800;

/// The audience of the tokens, unless they say otherwise.
pub(crate) const AUDIENCE: &str = "https://api.example.com";
/// Their issuer.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// A request of the corpus.
pub(crate) struct Candidate {
    /// What makes it special.
    pub(crate) name: String,
    /// What is sent.
    pub(crate) request: Message,
}

/// The keys that signed the good ones.
pub(crate) fn keys() -> String {
    key_set(&json!(["rsa", "ec", "ec-384", "ec-521", "ed"])).unwrap()
}

/// All of `corpus.yaml`.
pub(crate) fn corpus() -> Vec<Candidate> {
    let document = hachure_yaml::parse(include_str!("corpus.yaml")).unwrap();
    let entries = document.value.as_array().unwrap().iter();
    entries.map(candidate).collect()
}

fn candidate(entry: &Value) -> Candidate {
    let name = entry["name"].as_str().unwrap().to_owned();
    let token = written(entry);
    let send = match &entry["send"] {
        Value::Null => vec!["Bearer TOKEN"],
        send => send
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_str().unwrap())
            .collect(),
    };
    let values: Vec<_> = send
        .iter()
        .map(|value| value.replace("TOKEN", &token))
        .collect();
    let headers: Vec<_> = values
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .collect();
    let request = request("GET", "/", &headers);
    Candidate { name, request }
}

fn written(entry: &Value) -> String {
    if let Some(text) = entry["text"].as_str() {
        return text.to_owned();
    }
    let mut spec = entry["token"].clone();
    if spec["payloadText"].is_null() && spec["claims"]["exp"].is_null() {
        let absent = spec["claims"]
            .as_object()
            .is_some_and(|claims| claims.contains_key("exp"));
        spec["claims"]["exp"] = if absent { Value::Null } else { json!(FAR) };
    }
    if let Some(depth) = entry["nested"].as_u64() {
        spec["claims"]["a"] = (0..depth).fold(json!(1), |inner, _| json!([inner]));
    }
    let long = |name: &str| {
        entry[name]
            .as_u64()
            .map(|n| "x".repeat(usize::try_from(n).unwrap()))
    };
    if let Some(text) = long("longKid") {
        spec["kid"] = json!(text);
    }
    if let Some(text) = long("longClaim") {
        spec["claims"]["a"] = json!(text);
    }
    let mut token = token(&spec).unwrap_or_else(|why| panic!("{entry}: {why}"));
    if entry["last"] == true {
        // The last of 86 characters has four bits beyond the 64 bytes.
        assert!(token.ends_with(['A', 'Q', 'g', 'w']), "{token}");
        let last = token.pop().unwrap();
        token.push(char::from(u8::try_from(last).unwrap() + 1));
    }
    if let Some([Value::String(from), Value::String(to)]) =
        entry["swap"].as_array().map(Vec::as_slice)
    {
        assert!(token.contains(from.as_str()), "{token}");
        token = token.replace(from.as_str(), to);
    }
    token
}
