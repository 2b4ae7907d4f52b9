//! What holds for every text, key and algorithm.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::sync::LazyLock;

use hachure_jose::{
    Alg, AllowList, ClaimPath, Claims, Jws, KeySet, Limits, Token, Verdict, verify,
};
use proptest::prelude::*;
use serde_json::json;
use support::signer::Signer;
use support::{is_signed, key};

static SIGNERS: LazyLock<Vec<(Signer, String)>> = LazyLock::new(|| {
    Alg::ALL
        .into_iter()
        .map(|alg| {
            let signer = Signer::generate(alg);
            let header = json!({"alg": alg.name(), "typ": "JWT", "kid": "one"});
            let token = signer.token(&header, &json!({"sub": "alice", "exp": 2_000_000_000}));
            (signer, token)
        })
        .collect()
});

fn verdict(signer: &Signer, token: &[u8]) -> Option<Verdict> {
    let key = key(signer.jwk());
    let token = Token::parse(token, Limits::default()).ok()?;
    Some(verify(token.jws(), &key, &mut |_| None))
}

#[test]
fn each_algorithm_verifies_what_a_library_signs() {
    for (signer, token) in SIGNERS.iter() {
        assert_eq!(
            verdict(signer, token.as_bytes()),
            Some(Verdict::Valid),
            "{token}"
        );
        let key = key(signer.jwk());
        for length in [0, 1, 100, 10_000] {
            let text = vec![b'x'; length];
            let mut signature = signer.sign(&text);
            assert!(is_signed(&key, signer.alg(), &text, &signature));
            assert!(!is_signed(&key, signer.alg(), b"another text", &signature));
            signature[1] ^= 1;
            assert!(!is_signed(&key, signer.alg(), &text, &signature));
        }
    }
}

/// Each key with each other algorithm: nothing is computed, let alone accepted.
#[test]
fn a_key_is_for_one_kind_of_algorithm() {
    for (signer, _) in SIGNERS.iter() {
        let set = json!({"keys": [signer.jwk()]}).to_string();
        let (keys, _) = KeySet::parse(set.as_bytes()).unwrap();
        for (other, token) in SIGNERS.iter() {
            let token = Token::parse(token.as_bytes(), Limits::default()).unwrap();
            let fits = keys.keys()[0].fits(other.alg());
            let verdict = verify(token.jws(), &keys.keys()[0], &mut support::host);
            let expected = match (fits, signer.jwk() == other.jwk()) {
                (false, _) => Verdict::WrongKey,
                (true, false) => Verdict::Invalid,
                (true, true) => Verdict::Valid,
            };
            assert_eq!(verdict, expected, "{} with {}", other.alg(), signer.alg());
            let allowed: AllowList = [other.alg()].into_iter().collect();
            assert_eq!(keys.candidates(token.header(), allowed).is_ok(), fits);
            let allowed: AllowList = Alg::ALL
                .into_iter()
                .filter(|alg| *alg != other.alg())
                .collect();
            assert!(keys.candidates(token.header(), allowed).is_err());
        }
    }
}

/// Random keys and texts on the curves whose group law is this crate's own.
#[test]
fn curves_agree_with_a_library() {
    for alg in [Alg::Es384, Alg::Es512] {
        for round in 0..60_u32 {
            let signer = Signer::generate(alg);
            let key = key(signer.jwk());
            let text = round.to_be_bytes();
            let mut signature = signer.sign(&text);
            assert!(is_signed(&key, alg, &text, &signature));
            let at = usize::try_from(round).unwrap() * 7 % signature.len();
            signature[at] ^= 0x10;
            assert!(!is_signed(&key, alg, &text, &signature));
        }
    }
}

fn base64url_char() -> impl Strategy<Value = u8> {
    prop::sample::select(
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0".to_vec(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Token::parse(&bytes, Limits::default());
        let _ = Claims::parse(&bytes);
        let _ = KeySet::parse(&bytes);
        let _ = ClaimPath::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_near_token_panics(bytes in prop::collection::vec(base64url_char(), 0..300)) {
        let _ = Token::parse(&bytes, Limits::default());
    }

    #[test]
    fn no_header_or_claims_panic(header in ".{0,60}", claims in ".{0,60}", alg in 0..Alg::ALL.len()) {
        let (signer, _) = &SIGNERS[alg];
        let token = signer.raw_token(&header, claims.as_bytes());
        let _ = Token::parse(token.as_bytes(), Limits::default());
        let name = Alg::ALL[alg].name();
        let token = format!(r#"{{"alg":"{name}","x":"{header}"}}"#);
        let token = signer.raw_token(&token, claims.as_bytes());
        if let Ok(jws) = Jws::parse(token.as_bytes(), Limits::default()) {
            prop_assert_eq!(jws.payload(), claims.as_bytes());
            prop_assert_eq!(verify(&jws, &key(signer.jwk()), &mut |_| None), Verdict::Valid);
        }
    }

    /// One byte changed, dropped or put in, wherever: it is no token of that key any more.
    #[test]
    fn a_changed_token_never_verifies(
        alg in 0..Alg::ALL.len(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![base64url_char(), any::<u8>()],
        how in 0..4,
    ) {
        let (signer, token) = &SIGNERS[alg];
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        match how {
            0 => changed[at] = byte,
            1 => drop(changed.remove(at)),
            2 => changed.insert(at, byte),
            _ => changed.truncate(at),
        }
        prop_assume!(changed != token.as_bytes());
        prop_assert_ne!(verdict(signer, &changed), Some(Verdict::Valid));
    }

    /// Keys with a byte changed never panic, and never verify what the right key signed.
    #[test]
    fn a_changed_key_never_verifies(
        alg in 0..Alg::ALL.len(),
        at in any::<prop::sample::Index>(),
        byte in base64url_char(),
    ) {
        let (signer, token) = &SIGNERS[alg];
        let mut jwk = signer.jwk();
        let member = ["x", "n", "k"].into_iter().find(|member| jwk.get(member).is_some()).unwrap();
        let mut value = jwk[member].as_str().unwrap().to_owned();
        let at = at.index(value.len());
        let old = value.clone();
        value.replace_range(at..=at, &char::from(byte).to_string());
        prop_assume!(value != old);
        jwk[member] = value.into();
        let set = json!({"keys": [jwk]}).to_string();
        let (keys, _) = KeySet::parse(set.as_bytes()).unwrap();
        let token = Token::parse(token.as_bytes(), Limits::default()).unwrap();
        for key in keys.keys() {
            prop_assert_ne!(verify(token.jws(), key, &mut |_| None), Verdict::Valid);
        }
    }
}
