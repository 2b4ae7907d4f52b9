//! The examples of the RFCs that define what is read here. They are in `data/rfc.json`; `e2e` asks
//! the same ones in real Envoy.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use hachure_jose::{
    Alg, AllowList, Header, Jws, KeySet, Limits, ParseError, Part, SkipReason, Token, Verdict,
    verify,
};
use serde_json::{Value, json};

/// An example: a token, a key, and what becomes of the two.
fn example(name: &str) -> Value {
    let of_that_name = |example: &Value| example["name"].as_str().unwrap().starts_with(name);
    examples().into_iter().find(of_that_name).unwrap()
}

fn examples() -> Vec<Value> {
    serde_json::from_str(include_str!("data/rfc.json")).unwrap()
}

fn text(example: &Value) -> &[u8] {
    example["token"].as_str().unwrap().as_bytes()
}

fn jws(example: &Value) -> Result<Jws<'_>, ParseError> {
    Jws::parse(text(example), Limits::default())
}

fn token(example: &Value) -> Result<Token<'_>, ParseError> {
    Token::parse(text(example), Limits::default())
}

fn key_set(example: &Value) -> KeySet {
    let set = json!({"keys": [example["key"]]}).to_string();
    KeySet::parse(set.as_bytes()).unwrap().0
}

/// What becomes of an example, inside and by a host.
fn verdict(example: &Value) -> &'static str {
    let Ok(jws) = jws(example) else {
        return "no token";
    };
    let keys = key_set(example);
    let allowed: AllowList = Alg::ALL.into_iter().collect();
    let candidates = keys.candidates(jws.header(), allowed).unwrap_or_default();
    let [key] = candidates[..] else {
        return "no key";
    };
    let inside = verify(&jws, key, &mut |_| None);
    assert_eq!(inside, verify(&jws, key, &mut support::host));
    match inside {
        Verdict::Valid => "valid",
        Verdict::Invalid => "invalid",
        Verdict::WrongKey => "wrong key",
    }
}

#[test]
fn every_example() {
    let examples = examples();
    for example in &examples {
        assert_eq!(example["verdict"], verdict(example), "{}", example["name"]);
    }
    assert_eq!(examples.len(), 20);
}

#[test]
fn rfc_7519_3_1() {
    let example = example("RFC 7515 A.1");
    let token = token(&example).unwrap();
    assert_eq!(token.header().alg, Alg::Hs256);
    assert!(token.header().is_type("jwt"));
    assert_eq!(token.claims().iss(), Some("joe"));
    assert_eq!(token.claims().exp().unwrap().seconds(), 1_300_819_380);
    let root = token.claims().object().get("http://example.com/is_root");
    assert_eq!(root, Some(&Value::Bool(true)));
}

/// Why these are no tokens.
#[test]
fn refusals() {
    let expected = [
        ("RFC 7515 A.5", ParseError::AlgUnknown),
        ("unsecured", ParseError::AlgUnknown),
        ("RFC 7515 A.6", ParseError::NotCompact),
        ("RFC 7515 A.7", ParseError::NotCompact),
        ("RFC 7515 E", ParseError::Critical),
        ("RFC 7519 A.1", ParseError::Encrypted),
        ("RFC 7519 A.2", ParseError::Encrypted),
    ];
    for (name, why) in expected {
        let example = example(name);
        assert_eq!(token(&example).unwrap_err(), why, "{name}");
        assert_eq!(jws(&example).unwrap_err(), why, "{name}");
    }
}

/// Signed, but no claims: RFC 7515 A.4 signs «Payload», RFC 7520 4 a sentence.
#[test]
fn payloads() {
    for name in ["RFC 7515 A.4", "RFC 7520 4.1", "RFC 7520 4.5"] {
        let error = token(&example(name)).unwrap_err();
        assert!(
            matches!(error, ParseError::Json(Part::Payload, _)),
            "{name}"
        );
    }
    let expected = [
        ("RFC 7520 4.1", Alg::Rs256),
        ("RFC 7520 4.2", Alg::Ps384),
        ("RFC 7520 4.3", Alg::Es512),
        ("RFC 7520 4.4", Alg::Hs256),
    ];
    for (name, alg) in expected {
        let example = example(name);
        let jws = jws(&example).unwrap();
        assert_eq!(jws.header().alg, alg);
        assert_eq!(jws.header().kid.as_deref(), example["key"]["kid"].as_str());
        let text = "It’s a dangerous business, Frodo";
        assert!(jws.payload().starts_with(text.as_bytes()));
    }
}

/// RFC 8037 A.6: a key for key agreement.
#[test]
fn a_key_that_signs_nothing() {
    let set = json!({"keys": [example("RFC 8037 A.6")["key"]]}).to_string();
    let (keys, skipped) = KeySet::parse(set.as_bytes()).unwrap();
    assert!(keys.is_empty());
    assert_eq!(skipped[0].reason, SkipReason::Curve);
}

/// RFC 9068 2.1 on RFC 7515 4.1.9: the type of access tokens.
#[test]
fn rfc_9068_types() {
    let header = |typ: Option<&str>| Header {
        alg: Alg::Es256,
        kid: None,
        typ: typ.map(str::to_owned),
    };
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        assert!(header(Some(typ)).is_type("at+jwt"), "{typ}");
        assert!(header(Some(typ)).is_type("application/at+jwt"), "{typ}");
    }
    for typ in [
        "JWT",
        "at+jwt ",
        "x/at+jwt",
        "application/application/at+jwt",
        "",
    ] {
        assert!(!header(Some(typ)).is_type("at+jwt"), "{typ}");
    }
    assert!(!header(None).is_type("at+jwt"));
}
