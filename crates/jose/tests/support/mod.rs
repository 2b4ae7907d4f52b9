//! What the tests share: the vectors, and a host whose cryptography is a native library's.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)]

pub(crate) mod signer;

use std::fs::File;
use std::path::Path;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use hachure_jose::{Alg, Hash, Key, KeySet, SignatureCheck, Verdict, verify_signature};
use serde_json::{Value, json};

/// One of Wycheproof's files.
pub(crate) fn wycheproof(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wycheproof");
    let file = File::open(folder.join(format!("{name}_test.json.gz"))).unwrap();
    serde_json::from_reader(GzDecoder::new(file)).unwrap()
}

/// A host with the cryptography of AWS-LC, as Envoy has that of BoringSSL, from which it stems.
pub(crate) fn host(check: &SignatureCheck<'_>) -> Option<bool> {
    let curve = |oid: &[u8]| check.key.windows(oid.len()).any(|window| window == oid);
    let algorithm: &'static dyn VerificationAlgorithm = match check.hash {
        Hash::Sha256 if curve(b"\x2a\x86\x48\xce\x3d\x03\x01\x07") => {
            &signature::ECDSA_P256_SHA256_ASN1
        }
        Hash::Sha384 if curve(b"\x2b\x81\x04\x00\x22") => &signature::ECDSA_P384_SHA384_ASN1,
        Hash::Sha512 if curve(b"\x2b\x81\x04\x00\x23") => &signature::ECDSA_P521_SHA512_ASN1,
        Hash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    };
    let key = UnparsedPublicKey::new(algorithm, check.key);
    Some(key.verify(check.text, check.signature).is_ok())
}

/// Whether the signature is the key's, by the host and inside: both must say the same.
pub(crate) fn is_signed(key: &Key, alg: Alg, text: &[u8], signature: &[u8]) -> bool {
    let inside = verify_signature(alg, text, signature, key, &mut |_| None);
    let outside = verify_signature(alg, text, signature, key, &mut host);
    assert_eq!(
        inside, outside,
        "the host and the module differ: {alg} {key:?}"
    );
    inside == Verdict::Valid
}

/// The key of one JWK.
pub(crate) fn key(jwk: Value) -> Key {
    let set = json!({ "keys": [jwk] }).to_string();
    let (keys, skipped) = KeySet::parse(set.as_bytes()).unwrap();
    assert_eq!(skipped, []);
    keys.into_keys().pop().unwrap()
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn hex(text: &Value) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap() as u8;
    let digits: Vec<_> = text
        .as_str()
        .unwrap()
        .as_bytes()
        .iter()
        .map(digit)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
