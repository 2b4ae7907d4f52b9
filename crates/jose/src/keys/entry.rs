//! One entry of a key set.

use jwt_compact::alg::RsaPublicKey;
use p256::ecdsa::VerifyingKey;
use rsa::BigUint;
use serde_json::{Map, Value};

use super::SkipReason;
use super::roca::is_roca;
use crate::header::MAX_NAME;
use crate::key::{Key, Material};
use crate::{Alg, curve, der, encoding};

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 8192;
/// What the hosts' own libraries take.
const MAX_EXPONENT_BITS: usize = 33;

/// The members that only private keys have (RFC 7518, 6.2.2 and 6.3.2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// `namedCurve` (RFC 5480, 2.1.1.1).
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

type Jwk = Map<String, Value>;

pub(super) fn read(jwk: &Value) -> Result<Key, SkipReason> {
    let name = kid(jwk)?;
    let jwk = jwk.as_object().ok_or(SkipReason::NotObject)?;
    check_purpose(jwk)?;
    let (material, spki) = match text(jwk, "kty") {
        Some("RSA") => rsa(jwk)?,
        Some("EC") => ec(jwk)?,
        Some("OKP") => okp(jwk)?,
        Some("oct") => (Material::Secret(bytes(jwk, "k")?), vec![]),
        _ => return Err(SkipReason::Kty),
    };
    let alg = match jwk.get("alg") {
        None => None,
        Some(alg) => {
            let alg = alg.as_str().and_then(Alg::from_name);
            Some(alg.ok_or(SkipReason::Alg)?)
        }
    };
    let key = Key {
        kid: name,
        alg,
        material,
        spki,
    };
    if key.algs().is_empty() {
        return Err(match key.material {
            Material::Secret(_) if alg.is_none_or(Alg::is_symmetric) => SkipReason::SecretShort,
            _ => SkipReason::AlgMismatch,
        });
    }
    Ok(key)
}

/// Whether an entry says that it is a public key, usable or not.
pub(super) fn is_public(jwk: &Value) -> bool {
    let kty = jwk.get("kty").and_then(Value::as_str);
    matches!(kty, Some("RSA" | "EC" | "OKP"))
}

pub(super) fn kid(jwk: &Value) -> Result<Option<String>, SkipReason> {
    match jwk.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= MAX_NAME => Ok(Some(kid.clone())),
        Some(_) => Err(SkipReason::Kid),
    }
}

fn check_purpose(jwk: &Jwk) -> Result<(), SkipReason> {
    if jwk.get("use").is_some_and(|value| value != "sig") {
        return Err(SkipReason::Use);
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(ops)) if ops.iter().any(|op| op == "verify") => Ok(()),
        Some(_) => Err(SkipReason::KeyOps),
    }
}

fn rsa(jwk: &Jwk) -> Result<(Material, Vec<u8>), SkipReason> {
    check_public(jwk)?;
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let spki = der::rsa_key(&n, &e);
    let is_weak = is_roca(&n);
    let (n, e) = (BigUint::from_bytes_be(&n), BigUint::from_bytes_be(&e));
    let bits = n.bits();
    if !(MIN_BITS..=MAX_BITS).contains(&bits) || !bits.is_multiple_of(8) {
        return Err(SkipReason::RsaSize);
    }
    if is_even(&e) || e < BigUint::from(3_u8) || e.bits() > MAX_EXPONENT_BITS {
        return Err(SkipReason::RsaExponent);
    }
    if is_weak || is_even(&n) {
        return Err(SkipReason::RsaWeak);
    }
    let modulus = n.to_bytes_be();
    let key = RsaPublicKey::new_with_max_size(n, e, MAX_BITS).map_err(|_| SkipReason::RsaSize)?;
    Ok((Material::Rsa(key, modulus), spki))
}

fn is_even(number: &BigUint) -> bool {
    number.to_bytes_le().first().is_none_or(|low| low % 2 == 0)
}

fn ec(jwk: &Jwk) -> Result<(Material, Vec<u8>), SkipReason> {
    check_public(jwk)?;
    let (curve, size) = match text(jwk, "crv") {
        Some("P-256") => (P256, 32),
        Some("P-384") => (P384, 48),
        Some("P-521") => (P521, 66),
        _ => return Err(SkipReason::Curve),
    };
    // Each at full length (RFC 7518, 6.2.1.2).
    let (x, y) = (sized(jwk, "x", size)?, sized(jwk, "y", size)?);
    // The uncompressed form (SEC 1, 2.3.3).
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    let material = match curve {
        P256 => VerifyingKey::from_sec1_bytes(&point)
            .ok()
            .map(Material::P256),
        P384 => curve::P384.point(&x, &y).map(Material::P384),
        _ => curve::P521.point(&x, &y).map(Material::P521),
    };
    let material = material.ok_or(SkipReason::Point)?;
    Ok((material, der::ec_key(curve, &point)))
}

fn okp(jwk: &Jwk) -> Result<(Material, Vec<u8>), SkipReason> {
    check_public(jwk)?;
    if text(jwk, "crv") != Some("Ed25519") {
        return Err(SkipReason::Curve);
    }
    let point = bytes(jwk, "x")?;
    let point = <[u8; 32]>::try_from(point).map_err(|_| SkipReason::Parameter("x"))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&point).map_err(|_| SkipReason::Point)?;
    match key.is_weak() {
        true => Err(SkipReason::Point),
        false => Ok((Material::Ed25519(key), vec![])),
    }
}

fn check_public(jwk: &Jwk) -> Result<(), SkipReason> {
    match PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
        true => Err(SkipReason::Private),
        false => Ok(()),
    }
}

fn text<'j>(jwk: &'j Jwk, member: &str) -> Option<&'j str> {
    jwk.get(member)?.as_str()
}

fn bytes(jwk: &Jwk, member: &'static str) -> Result<Vec<u8>, SkipReason> {
    text(jwk, member)
        .and_then(|text| encoding::decode(text.as_bytes()))
        .ok_or(SkipReason::Parameter(member))
}

fn sized(jwk: &Jwk, member: &'static str, size: usize) -> Result<Vec<u8>, SkipReason> {
    match bytes(jwk, member)? {
        bytes if bytes.len() == size => Ok(bytes),
        _ => Err(SkipReason::Parameter(member)),
    }
}
