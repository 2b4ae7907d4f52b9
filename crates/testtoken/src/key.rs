//! The keys, and signatures made with them. All signatures are the same every time.

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_compact::alg::{Hs256, Hs256Key, Hs384, Hs384Key, Hs512, Hs512Key};
use jwt_compact::{Algorithm, AlgorithmSignature};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPrivateKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Published keys, private parts and all: those of Wycheproof (Apache-2.0), of RFC 6979, A.2.6, of
/// RFC 7515, A.1 and of RFC 8037, A.1; `demo` is the digest of a sentence. None is a secret.
const KEYS: &str = include_str!("../keys.json");

/// A key that can sign.
pub struct Key {
    name: String,
    jwk: Map<String, Value>,
}

impl Key {
    /// The key of that name in `keys.json`.
    pub fn named(name: &str) -> Result<Self> {
        let keys: Value = serde_json::from_str(KEYS)?;
        let jwk = keys.get(name).and_then(Value::as_object);
        Ok(Self {
            name: name.to_owned(),
            jwk: jwk.with_context(|| format!("no key {name}"))?.clone(),
        })
    }

    /// The algorithm that it signs with unless asked for another.
    pub fn default_alg(&self) -> &'static str {
        match (self.text("kty"), self.text("crv")) {
            ("RSA", _) => "RS256",
            ("EC", "P-384") => "ES384",
            ("EC", "P-521") => "ES512",
            ("EC", _) => "ES256",
            ("oct", _) => "HS256",
            _ => "EdDSA",
        }
    }

    /// What a key set says of it: the public part, `kid` its name.
    pub fn public(&self) -> Result<Map<String, Value>> {
        let kid = &self.name;
        let public = match self.text("kty") {
            "RSA" => json!({"kty": "RSA", "kid": kid, "n": self.jwk["n"], "e": self.jwk["e"]}),
            "oct" => json!({"kty": "oct", "kid": kid, "k": self.jwk["k"]}),
            "OKP" => {
                let key = self.ed25519()?.verifying_key();
                json!({"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": encode(key.as_bytes())})
            }
            _ => {
                let crv = self.text("crv");
                let point = self.point()?;
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "kid": kid, "crv": crv, "x": encode(x), "y": encode(y)})
            }
        };
        public.as_object().cloned().context("an object")
    }

    /// The signature over `text`.
    pub fn sign(&self, alg: &str, text: &[u8]) -> Result<Vec<u8>> {
        match alg {
            "HS256" | "HS384" | "HS512" => hmac(alg, &self.bytes("k")?, text),
            "RS256" => self.pkcs1::<Sha256>(&hex("3031300d060960864801650304020105000420"), text),
            "RS384" => self.pkcs1::<Sha384>(&hex("3041300d060960864801650304020205000430"), text),
            "RS512" => self.pkcs1::<Sha512>(&hex("3051300d060960864801650304020305000440"), text),
            "PS256" => self.pss(Pss::new::<Sha256>(), &Sha256::digest(text)),
            "PS384" => self.pss(Pss::new::<Sha384>(), &Sha384::digest(text)),
            "PS512" => self.pss(Pss::new::<Sha512>(), &Sha512::digest(text)),
            "ES256" => {
                let signature: p256::ecdsa::Signature = self.p256()?.sign(text);
                Ok(signature.to_bytes().to_vec())
            }
            "ES384" => {
                let signature: p384::ecdsa::Signature = self.p384()?.sign(text);
                Ok(signature.to_bytes().to_vec())
            }
            "ES512" => {
                let digest = Sha512::digest(text);
                let signature: p521::ecdsa::Signature = self
                    .p521()?
                    .sign_prehash_with_rng(&mut SameEveryTime, &digest)
                    .map_err(said)?;
                Ok(signature.to_bytes().to_vec())
            }
            "EdDSA" | "Ed25519" => Ok(self.ed25519()?.sign(text).to_bytes().to_vec()),
            other => bail!("no algorithm {other}"),
        }
    }

    fn pkcs1<D: Digest>(&self, prefix: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let scheme = Pkcs1v15Sign {
            hash_len: Some(<D as Digest>::output_size()),
            prefix: prefix.into(),
        };
        self.rsa()?.sign(scheme, &D::digest(text)).map_err(said)
    }

    fn pss(&self, scheme: Pss, digest: &[u8]) -> Result<Vec<u8>> {
        let key = self.rsa()?;
        scheme
            .sign(Some(&mut SameEveryTime), &key, digest)
            .map_err(said)
    }

    fn rsa(&self) -> Result<RsaPrivateKey> {
        let number = |name| Ok::<_, anyhow::Error>(BigUint::from_bytes_be(&self.bytes(name)?));
        let primes = vec![number("p")?, number("q")?];
        let key = RsaPrivateKey::from_components(number("n")?, number("e")?, number("d")?, primes);
        let key = key.map_err(said)?;
        anyhow::ensure!(key.size() == 256, "a key of 2048 bits");
        Ok(key)
    }

    fn p256(&self) -> Result<p256::ecdsa::SigningKey> {
        p256::ecdsa::SigningKey::from_slice(&self.bytes("d")?).map_err(said)
    }

    fn p384(&self) -> Result<p384::ecdsa::SigningKey> {
        p384::ecdsa::SigningKey::from_slice(&self.bytes("d")?).map_err(said)
    }

    fn p521(&self) -> Result<p521::ecdsa::SigningKey> {
        p521::ecdsa::SigningKey::from_slice(&self.bytes("d")?).map_err(said)
    }

    fn ed25519(&self) -> Result<ed25519_dalek::SigningKey> {
        let seed = self.bytes("d")?;
        let seed = seed.try_into().map_err(|_| anyhow!("32 bytes"))?;
        Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Both coordinates, one after the other.
    fn point(&self) -> Result<Vec<u8>> {
        let point = match self.text("crv") {
            "P-384" => self
                .p384()?
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
            "P-521" => {
                let key = p521::ecdsa::VerifyingKey::from(&self.p521()?);
                key.to_encoded_point(false).as_bytes().to_vec()
            }
            _ => self
                .p256()?
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
        };
        Ok(point.get(1..).unwrap_or_default().to_vec())
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.text(name)).map_err(said)
    }

    fn text(&self, name: &str) -> &str {
        self.jwk
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Errors of crates that are built without the standard library.
fn said(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}")
}

/// HMAC with whatever for a secret, as an attacker would have it.
pub fn hmac(alg: &str, secret: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    Ok(match alg {
        "HS256" => Hs256.sign(&Hs256Key::new(secret), text).as_bytes().to_vec(),
        "HS384" => Hs384.sign(&Hs384Key::new(secret), text).as_bytes().to_vec(),
        "HS512" => Hs512.sign(&Hs512Key::new(secret), text).as_bytes().to_vec(),
        other => bail!("{other} is no HMAC"),
    })
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The salt of PSS and the nonce of P-521 are not random here: a token is the same whenever it is
/// made. Zeros at both ends make any number smaller than the order of a curve.
struct SameEveryTime;

impl rsa::rand_core::RngCore for SameEveryTime {
    fn next_u32(&mut self) -> u32 {
        0x5eed_5eed
    }

    fn next_u64(&mut self) -> u64 {
        0x5eed_5eed_5eed_5eed
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(0x5e);
        if let [first, .., last] = bytes {
            (*first, *last) = (0, 0);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for SameEveryTime {}
