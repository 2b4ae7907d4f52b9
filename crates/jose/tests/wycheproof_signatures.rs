//! Wycheproof's sets of bare signatures: ECDSA as JWS writes it, Ed25519, RSA with both paddings.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod support;

use hachure_jose::{Alg, Hash, Key};
use serde_json::{Value, json};
use support::{base64url, hex, is_signed, key, wycheproof};

/// Checks every vector of a set on both paths; `expected` says what each must come to.
fn check(
    name: &str,
    alg: Alg,
    to_key: fn(&Value) -> Key,
    expected: impl Fn(&Value, &Value) -> bool,
) {
    let set = wycheproof(name);
    let mut wrong = vec![];
    let mut count = 0;
    for group in set["testGroups"].as_array().unwrap() {
        let key = to_key(group);
        for test in group["tests"].as_array().unwrap() {
            count += 1;
            if is_signed(&key, alg, &hex(&test["msg"]), &hex(&test["sig"])) != expected(group, test)
            {
                wrong.push(format!(
                    "{} {} {}",
                    test["tcId"], test["comment"], test["result"]
                ));
            }
        }
    }
    assert_eq!(json!(count), set["numberOfTests"], "{name}");
    assert_eq!(wrong, Vec::<String>::new(), "{name}");
}

fn is_valid(_: &Value, test: &Value) -> bool {
    // «acceptable» is a signature without the NULL in its padding: it is refused (RFC 8017, 8.2.2).
    test["result"] == "valid"
}

fn ec(group: &Value) -> Key {
    let public = &group["publicKey"];
    let point = hex(&public["uncompressed"]);
    let (x, y) = point[1..].split_at(point.len() / 2);
    let curve = match public["curve"].as_str().unwrap() {
        "secp256r1" => "P-256",
        "secp384r1" => "P-384",
        _ => "P-521",
    };
    let key = key(json!({"kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y)}));
    assert_eq!(key.spki().unwrap(), hex(&group["publicKeyDer"]));
    key
}

fn rsa(group: &Value) -> Key {
    let public = &group["publicKey"];
    let (n, e) = (hex(&public["modulus"]), hex(&public["publicExponent"]));
    let key = key(json!({"kty": "RSA", "n": base64url(&n), "e": base64url(&e)}));
    assert_eq!(key.spki().unwrap(), hex(&group["publicKeyDer"]));
    key
}

#[test]
fn ecdsa() {
    check("ecdsa_secp256r1_sha256_p1363", Alg::Es256, ec, is_valid);
    check("ecdsa_secp384r1_sha384_p1363", Alg::Es384, ec, is_valid);
    check("ecdsa_secp521r1_sha512_p1363", Alg::Es512, ec, is_valid);
}

#[test]
fn ed25519() {
    let to_key = |group: &Value| key(group["publicKeyJwk"].clone());
    check("ed25519", Alg::EdDsa, to_key, is_valid);
    check("ed25519", Alg::Ed25519, to_key, is_valid);
}

#[test]
fn rsa_pkcs1() {
    for (size, hash, alg) in [
        (2048, 256, Alg::Rs256),
        (2048, 384, Alg::Rs384),
        (2048, 512, Alg::Rs512),
        (3072, 256, Alg::Rs256),
        (3072, 384, Alg::Rs384),
        (4096, 256, Alg::Rs256),
        (4096, 512, Alg::Rs512),
    ] {
        check(
            &format!("rsa_signature_{size}_sha{hash}"),
            alg,
            rsa,
            is_valid,
        );
    }
}

/// Only a salt as long as the hash, and one hash for text and mask, are JWS (RFC 7518, 3.5).
#[test]
fn rsa_pss() {
    for (name, alg) in [
        ("2048_sha256_mgf1_32", Alg::Ps256),
        ("2048_sha384_mgf1_48", Alg::Ps384),
        ("3072_sha256_mgf1_32", Alg::Ps256),
        ("4096_sha384_mgf1_48", Alg::Ps384),
        ("4096_sha512_mgf1_32", Alg::Ps512),
        ("4096_sha512_mgf1_64", Alg::Ps512),
        ("misc", Alg::Ps256),
        ("misc", Alg::Ps384),
        ("misc", Alg::Ps512),
    ] {
        let (hash, salt) = match alg.family().hash() {
            Some(Hash::Sha256) => ("SHA-256", 32),
            Some(Hash::Sha384) => ("SHA-384", 48),
            _ => ("SHA-512", 64),
        };
        check(&format!("rsa_pss_{name}"), alg, rsa, |group, test| {
            let is_jws = group["sha"] == hash && group["mgfSha"] == hash && group["sLen"] == salt;
            is_jws && test["result"] == "valid"
        });
    }
}
