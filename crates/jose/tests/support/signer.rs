//! Keys that sign, made by AWS-LC.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding,
};
use hachure_jose::Alg;
use serde_json::{Value, json};

use super::base64url;

/// A key of one algorithm.
pub(crate) struct Signer {
    alg: Alg,
    pair: Pair,
}

enum Pair {
    Secret(Vec<u8>),
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Signer {
    pub(crate) fn generate(alg: Alg) -> Self {
        let pair = match alg {
            Alg::Hs256 | Alg::Hs384 | Alg::Hs512 => Pair::Secret((0..64).collect()),
            Alg::Es256 | Alg::Es384 | Alg::Es512 => {
                Pair::Ec(Box::new(EcdsaKeyPair::generate(ecdsa(alg)).unwrap()))
            }
            Alg::EdDsa | Alg::Ed25519 => {
                Pair::Ed25519(Box::new(Ed25519KeyPair::generate().unwrap()))
            }
            _ => Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
        };
        Self { alg, pair }
    }

    pub(crate) fn alg(&self) -> Alg {
        self.alg
    }

    /// The key as a set publishes it.
    pub(crate) fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Secret(secret) => json!({"kty": "oct", "k": base64url(secret)}),
            Pair::Rsa(pair) => {
                // `RSAPublicKey` in DER: the modulus of 256 bytes, and 65537.
                let public = pair.public_key().as_ref();
                assert!(public.len() == 270 && public.ends_with(b"\x02\x03\x01\x00\x01"));
                json!({"kty": "RSA", "n": base64url(&public[9..265]), "e": "AQAB"})
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(point.len() / 2);
                let curve = match self.alg {
                    Alg::Es256 => "P-256",
                    Alg::Es384 => "P-384",
                    _ => "P-521",
                };
                json!({"kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y)})
            }
            Pair::Ed25519(pair) => {
                let x = base64url(pair.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "x": x})
            }
        }
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Secret(secret) => {
                let hash = match self.alg {
                    Alg::Hs256 => hmac::HMAC_SHA256,
                    Alg::Hs384 => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                hmac::sign(&hmac::Key::new(hash, secret), text)
                    .as_ref()
                    .to_vec()
            }
            Pair::Rsa(pair) => {
                let padding: &'static dyn RsaEncoding = match self.alg {
                    Alg::Rs256 => &signature::RSA_PKCS1_SHA256,
                    Alg::Rs384 => &signature::RSA_PKCS1_SHA384,
                    Alg::Rs512 => &signature::RSA_PKCS1_SHA512,
                    Alg::Ps256 => &signature::RSA_PSS_SHA256,
                    Alg::Ps384 => &signature::RSA_PSS_SHA384,
                    _ => &signature::RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, text, &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, text).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(text).as_ref().to_vec(),
        }
    }

    /// A token of this header and these claims.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        self.raw_token(&header.to_string(), claims.to_string().as_bytes())
    }

    /// A token with whatever texts in its first two parts.
    pub(crate) fn raw_token(&self, header: &str, payload: &[u8]) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload));
        self.sign_parts(&signed)
    }

    /// A token whose first two parts are these, encoded already.
    pub(crate) fn sign_parts(&self, signed: &str) -> String {
        format!("{signed}.{}", base64url(&self.sign(signed.as_bytes())))
    }
}

fn ecdsa(alg: Alg) -> &'static EcdsaSigningAlgorithm {
    match alg {
        Alg::Es256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Alg::Es384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}
