//! Which entries of a key set are keys, and which of them a token is checked with.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod support;

use std::sync::LazyLock;

use hachure_jose::{
    Alg, AllowList, Header, JsonProblem, KeySet, KeySetError, Kind, MAX_CANDIDATES, MAX_KEYS,
    MAX_SET_SIZE, NoKey, SkipReason, Skipped,
};
use serde_json::{Value, json};
use support::base64url;
use support::signer::Signer;

static RSA: LazyLock<Value> = LazyLock::new(|| Signer::generate(Alg::Rs256).jwk());
static EC: LazyLock<Value> = LazyLock::new(|| Signer::generate(Alg::Es256).jwk());
static OKP: LazyLock<Value> = LazyLock::new(|| Signer::generate(Alg::EdDsa).jwk());

fn parse(keys: &[Value]) -> (KeySet, Vec<Skipped>) {
    let set = json!({"keys": keys}).to_string();
    KeySet::parse(set.as_bytes()).unwrap()
}

/// `jwk` with a member set, or taken away where `value` is null.
fn with(jwk: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut jwk = jwk.clone();
    let object = jwk.as_object_mut().unwrap();
    match value.into() {
        Value::Null => drop(object.remove(member)),
        value => drop(object.insert(member.to_owned(), value)),
    }
    jwk
}

fn oct(bytes: usize) -> Value {
    json!({"kty": "oct", "k": base64url(&vec![7; bytes])})
}

/// An odd modulus of so many bits, and of no known factors.
fn modulus(bits: usize) -> String {
    let mut bytes = vec![0xa5; bits.div_ceil(8)];
    bytes[0] = match bits % 8 {
        0 => 0xff,
        more => (1_u8 << more) - 1,
    };
    base64url(&bytes)
}

#[test]
fn usable_entries() {
    for (jwk, kind) in [
        (RSA.clone(), Kind::Rsa),
        (EC.clone(), Kind::P256),
        (Signer::generate(Alg::Es384).jwk(), Kind::P384),
        (Signer::generate(Alg::Es512).jwk(), Kind::P521),
        (OKP.clone(), Kind::Ed25519),
        (oct(32), Kind::Secret),
        (with(&EC, "use", "sig"), Kind::P256),
        (with(&EC, "key_ops", json!(["sign", "verify"])), Kind::P256),
        (with(&EC, "alg", "ES256"), Kind::P256),
        (with(&OKP, "alg", "EdDSA"), Kind::Ed25519),
        (with(&OKP, "alg", "Ed25519"), Kind::Ed25519),
        // Members that say nothing here.
        (with(&EC, "x5c", json!(["MIIB=="])), Kind::P256),
        (with(&EC, "issuer", 7), Kind::P256),
        (with(&RSA, "n", modulus(3072)), Kind::Rsa),
        (with(&RSA, "n", modulus(8192)), Kind::Rsa),
        (with(&RSA, "e", "Aw"), Kind::Rsa),
        // A zero before the digits, which some libraries write (RFC 7518, 6.3.1.1).
        (with(&RSA, "e", "AAEAAQ"), Kind::Rsa),
    ] {
        let (keys, skipped) = parse(std::slice::from_ref(&jwk));
        assert_eq!(skipped, [], "{jwk}");
        assert_eq!(keys.keys()[0].kind(), kind, "{jwk}");
        assert_eq!(
            keys.keys()[0].spki().is_some(),
            !matches!(kind, Kind::Secret | Kind::Ed25519)
        );
    }
}

#[test]
fn unusable_entries() {
    let zero = base64url(&[0; 32]);
    let long = "k".repeat(257);
    for (jwk, reason) in [
        (json!(null), SkipReason::NotObject),
        (json!("key"), SkipReason::NotObject),
        (json!([]), SkipReason::NotObject),
        (json!({}), SkipReason::Kty),
        (with(&EC, "kty", "ec"), SkipReason::Kty),
        (with(&EC, "kty", "AKP"), SkipReason::Kty),
        (with(&EC, "kty", 1), SkipReason::Kty),
        (with(&EC, "kid", 1), SkipReason::Kid),
        (with(&EC, "kid", long), SkipReason::Kid),
        (with(&EC, "use", "enc"), SkipReason::Use),
        (with(&EC, "use", ""), SkipReason::Use),
        (with(&EC, "use", json!(["sig"])), SkipReason::Use),
        (with(&EC, "key_ops", json!(["sign"])), SkipReason::KeyOps),
        (with(&EC, "key_ops", json!([])), SkipReason::KeyOps),
        (with(&EC, "key_ops", "verify"), SkipReason::KeyOps),
        (with(&EC, "alg", "ECDH-ES"), SkipReason::Alg),
        (with(&EC, "alg", "none"), SkipReason::Alg),
        (with(&EC, "alg", 256), SkipReason::Alg),
        (with(&EC, "alg", "ES384"), SkipReason::AlgMismatch),
        (with(&EC, "alg", "HS256"), SkipReason::AlgMismatch),
        (with(&RSA, "alg", "ES256"), SkipReason::AlgMismatch),
        (with(&RSA, "alg", "HS256"), SkipReason::AlgMismatch),
        (with(&RSA, "alg", "RSA-OAEP-256"), SkipReason::Alg),
        (with(&oct(64), "alg", "RS256"), SkipReason::AlgMismatch),
        (with(&oct(64), "alg", "A256GCM"), SkipReason::Alg),
        // Curves and points.
        (with(&EC, "crv", "secp256k1"), SkipReason::Curve),
        (with(&EC, "crv", Value::Null), SkipReason::Curve),
        (with(&OKP, "crv", "X25519"), SkipReason::Curve),
        (with(&OKP, "crv", "Ed448"), SkipReason::Curve),
        (with(&EC, "crv", "P-384"), SkipReason::Parameter("x")),
        (with(&EC, "x", Value::Null), SkipReason::Parameter("x")),
        (with(&EC, "y", Value::Null), SkipReason::Parameter("y")),
        (
            with(&EC, "y", format!("{}=", EC["y"].as_str().unwrap())),
            SkipReason::Parameter("y"),
        ),
        (
            with(&EC, "y", format!("AA{}", EC["y"].as_str().unwrap())),
            SkipReason::Parameter("y"),
        ),
        (with(&EC, "y", EC["x"].clone()), SkipReason::Point),
        (
            with(&with(&EC, "x", zero.clone()), "y", zero.clone()),
            SkipReason::Point,
        ),
        (with(&OKP, "x", "AAAA"), SkipReason::Parameter("x")),
        // Of small order: zero, and the neutral element.
        (with(&OKP, "x", zero), SkipReason::Point),
        (
            with(&OKP, "x", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            SkipReason::Point,
        ),
        // RSA.
        (with(&RSA, "n", modulus(1024)), SkipReason::RsaSize),
        (with(&RSA, "n", modulus(2047)), SkipReason::RsaSize),
        (with(&RSA, "n", modulus(2049)), SkipReason::RsaSize),
        (with(&RSA, "n", modulus(8200)), SkipReason::RsaSize),
        (with(&RSA, "n", ""), SkipReason::RsaSize),
        (with(&RSA, "n", 65537), SkipReason::Parameter("n")),
        (
            with(&RSA, "n", base64url(&[0xfe; 256])),
            SkipReason::RsaWeak,
        ),
        (with(&RSA, "e", Value::Null), SkipReason::Parameter("e")),
        (with(&RSA, "e", "AQAB="), SkipReason::Parameter("e")),
        (with(&RSA, "e", ""), SkipReason::RsaExponent),
        (with(&RSA, "e", "AQ"), SkipReason::RsaExponent),
        (with(&RSA, "e", "Ag"), SkipReason::RsaExponent),
        (with(&RSA, "e", "AQAA"), SkipReason::RsaExponent),
        (with(&RSA, "e", "BAAAAAE"), SkipReason::RsaExponent),
        // Private halves.
        (with(&RSA, "d", "AQAB"), SkipReason::Private),
        (with(&RSA, "p", "AQAB"), SkipReason::Private),
        (with(&EC, "d", EC["x"].clone()), SkipReason::Private),
        (with(&OKP, "d", OKP["x"].clone()), SkipReason::Private),
        // Secrets.
        (oct(0), SkipReason::SecretShort),
        (oct(31), SkipReason::SecretShort),
        (with(&oct(32), "alg", "HS512"), SkipReason::SecretShort),
        (with(&oct(32), "k", Value::Null), SkipReason::Parameter("k")),
    ] {
        let (keys, skipped) = parse(std::slice::from_ref(&jwk));
        assert_eq!(
            skipped.iter().map(|s| s.reason).collect::<Vec<_>>(),
            [reason],
            "{jwk}"
        );
        assert!(keys.is_empty());
        // And the rest of the set lives.
        let (keys, skipped) = parse(&[jwk.clone(), OKP.clone()]);
        assert_eq!((keys.keys().len(), skipped.len()), (1, 1), "{jwk}");
    }
}

#[test]
fn documents() {
    let parse = |text: &str| {
        KeySet::parse(text.as_bytes()).map(|(keys, skipped)| (keys.keys().len(), skipped.len()))
    };
    assert_eq!(parse(r#"{"keys":[]}"#), Ok((0, 0)));
    assert_eq!(parse("{}"), Err(KeySetError::NoKeys));
    assert_eq!(parse(r#"{"keys":{}}"#), Err(KeySetError::NoKeys));
    assert_eq!(parse(r#"{"keys":null}"#), Err(KeySetError::NoKeys));
    assert_eq!(parse(&EC.to_string()), Err(KeySetError::NoKeys));
    assert_eq!(parse("<html>"), Err(KeySetError::Json(JsonProblem::Syntax)));
    assert_eq!(parse(""), Err(KeySetError::Json(JsonProblem::Syntax)));
    assert_eq!(parse("[]"), Err(KeySetError::Json(JsonProblem::NotObject)));
    assert_eq!(
        parse(r#"{"keys":[],"keys":[]}"#),
        Err(KeySetError::Json(JsonProblem::NotObject))
    );
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(MAX_SET_SIZE));
    assert_eq!(parse(&large), Err(KeySetError::TooLarge));
    // A member twice, in one entry: the others live.
    let ec = EC.to_string();
    let twice = ec.replacen('{', r#"{"kty":"EC","#, 1);
    assert_eq!(parse(&format!(r#"{{"keys":[{twice},{ec}]}}"#)), Ok((1, 1)));
}

#[test]
fn too_many_entries() {
    let many: Vec<_> = (0..MAX_KEYS + 3)
        .map(|kid| with(&OKP, "kid", kid.to_string()))
        .collect();
    let (keys, skipped) = parse(&many);
    assert_eq!(keys.keys().len(), MAX_KEYS);
    assert_eq!(skipped.len(), 3);
    assert!(
        skipped
            .iter()
            .all(|entry| entry.reason == SkipReason::Surplus)
    );
    assert_eq!(
        (skipped[0].index, skipped[0].kid.as_deref()),
        (MAX_KEYS, Some("64"))
    );
}

#[test]
fn a_secret_beside_public_keys() {
    for other in [&*EC, &with(&EC, "use", "enc"), &with(&RSA, "n", "")] {
        let (keys, skipped) = parse(&[oct(32), other.clone()]);
        assert!(keys.keys().iter().all(|key| key.kind() != Kind::Secret));
        assert_eq!(skipped[0].reason, SkipReason::Mixed);
    }
    assert_eq!(
        parse(&[oct(32), with(&oct(64), "kid", "two")])
            .0
            .keys()
            .len(),
        2
    );
}

#[test]
fn one_name_for_two_keys() {
    let named = |jwk: &Value| with(jwk, "kid", "one");
    let (other_ec, other_rsa) = (
        Signer::generate(Alg::Es256).jwk(),
        Signer::generate(Alg::Rs256).jwk(),
    );
    let reasons = |keys: &[Value]| -> Vec<_> {
        parse(keys)
            .1
            .iter()
            .map(|entry| (entry.index, entry.reason))
            .collect()
    };
    // Two keys that could both have signed: neither.
    let both = [(0, SkipReason::DuplicateKid), (1, SkipReason::DuplicateKid)];
    assert_eq!(reasons(&[named(&EC), named(&other_ec)]), both);
    // The same key again: once.
    assert_eq!(
        reasons(&[named(&EC), named(&EC)]),
        [(1, SkipReason::Repeated)]
    );
    assert_eq!(
        reasons(&[named(&EC), named(&EC), named(&other_ec)]).len(),
        3
    );
    // Of different kinds, or for different algorithms: the algorithm tells them apart.
    assert_eq!(reasons(&[named(&EC), named(&RSA), named(&OKP)]), []);
    let (rs, ps) = (
        with(&named(&RSA), "alg", "RS256"),
        with(&named(&other_rsa), "alg", "PS256"),
    );
    assert_eq!(reasons(&[rs.clone(), ps]), []);
    assert_eq!(reasons(&[rs, with(&named(&RSA), "alg", "PS256")]), []);
    // A broken one of the same kind may be the one that was meant; one for encryption is not.
    let broken = with(&named(&other_ec), "y", "AA");
    assert_eq!(reasons(&[broken, named(&EC)]).len(), 2);
    let encryption = with(&named(&other_ec), "use", "enc");
    assert_eq!(reasons(&[encryption, named(&EC)]), [(0, SkipReason::Use)]);
    // Without names nothing is said.
    assert_eq!(reasons(&[EC.clone(), other_ec]), []);
}

fn header(alg: Alg, kid: Option<&str>) -> Header {
    Header {
        alg,
        kid: kid.map(str::to_owned),
        typ: None,
    }
}

#[test]
fn candidates() {
    let all = AllowList::public_key();
    let (keys, _) = parse(&[
        with(&EC, "kid", "ec"),
        with(&with(&RSA, "kid", "rsa"), "alg", "RS256"),
        Signer::generate(Alg::Es256).jwk(),
    ]);
    let found = |alg, kid| {
        let found = keys.candidates(&header(alg, kid), all);
        found.map(|keys| {
            keys.iter()
                .map(|key| key.kid().map(str::to_owned))
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        found(Alg::Es256, Some("ec")),
        Ok(vec![Some("ec".to_owned())])
    );
    assert_eq!(
        found(Alg::Rs256, Some("rsa")),
        Ok(vec![Some("rsa".to_owned())])
    );
    assert_eq!(
        found(Alg::Es256, None),
        Ok(vec![Some("ec".to_owned()), None])
    );
    assert_eq!(found(Alg::Rs256, None), Ok(vec![Some("rsa".to_owned())]));
    // The key says that it is for another algorithm, or is of another kind.
    assert_eq!(found(Alg::Rs512, Some("rsa")), Err(NoKey::NoneFits));
    assert_eq!(found(Alg::Es256, Some("rsa")), Err(NoKey::NoneFits));
    assert_eq!(found(Alg::EdDsa, None), Err(NoKey::NoneFits));
    // Names are compared whole and as they are.
    for kid in ["", "EC", "ec ", "e", "ec\0", "../ec"] {
        assert_eq!(
            found(Alg::Es256, Some(kid)),
            Err(NoKey::UnknownKid),
            "{kid:?}"
        );
    }
    assert_eq!(found(Alg::Hs256, Some("ec")), Err(NoKey::NotAllowed));
    let allowed: AllowList = [Alg::Rs256].into_iter().collect();
    let refused = keys.candidates(&header(Alg::Es256, Some("ec")), allowed);
    assert_eq!(refused.unwrap_err(), NoKey::NotAllowed);
}

#[test]
fn a_set_without_names_is_tried_whole() {
    let many: Vec<_> = (0..MAX_CANDIDATES + 2)
        .map(|_| Signer::generate(Alg::EdDsa).jwk())
        .collect();
    let (keys, _) = parse(&many);
    let found = keys.candidates(
        &header(Alg::EdDsa, Some("whatever")),
        AllowList::public_key(),
    );
    assert_eq!(found.unwrap().len(), MAX_CANDIDATES);
    let (keys, _) = parse(&[]);
    let found = keys.candidates(&header(Alg::EdDsa, Some("one")), AllowList::public_key());
    assert_eq!(found.unwrap_err(), NoKey::NoneFits);
}

#[test]
fn debug_shows_no_secret() {
    let (keys, _) = parse(&[with(&oct(32), "kid", "one")]);
    assert_eq!(
        format!("{:?}", keys.keys()[0]),
        r#"Key { kid: Some("one"), alg: None, kind: Secret, .. }"#
    );
}
