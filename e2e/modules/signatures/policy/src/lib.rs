//! For tests alone: published vectors of signatures, most of which no token can hold, are asked in
//! real Envoy with this module. It answers each request itself.
//!
//! | header, all but `x-alg` as base64url | meaning |
//! |---|---|
//! | `x-keys` | the JWK Set |
//! | `x-token` | a token: is it signed by one of the keys? Or else: |
//! | `x-alg`, `x-text`, `x-signature` | what the first of the keys shall have signed |
//!
//! The answer's `x-verdict` is `valid`, `invalid`, or why there was nothing to check; `x-by` is
//! `host` or `module`, whichever has checked, or `nobody`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hachure_config::ConfigErrors;
use hachure_exchange::{
    self as exchange, Capabilities, Exchange, HeaderMap, Outcome, Phase, Policy,
};
use hachure_exchange::{Reason, Reply, Setup};
use hachure_jose::{
    Alg, AllowList, Hash, Jws, KeySet, Limits, SignatureCheck, Verdict, verify, verify_signature,
};
use serde::Deserialize;

/// The policy.
#[derive(Debug)]
pub struct Signatures;

/// There is nothing to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Policy for Signatures {
    const NAME: &'static str = "signatures";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
    const CAPABILITIES: Capabilities = Capabilities {
        signatures: true,
        ..Capabilities::NONE
    };
    type Config = Config;
    type Stream = ();

    fn compile(_: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self)
    }

    fn request_headers(&self, _: &mut (), x: &mut Exchange<'_>) -> Outcome {
        let headers = x.headers().clone();
        let mut by = "nobody";
        let verdict = check(&headers, &mut |check| {
            let answer = x.verify_signature(&exchange::SignatureCheck {
                hash: match check.hash {
                    Hash::Sha256 => exchange::Hash::Sha256,
                    Hash::Sha384 => exchange::Hash::Sha384,
                    Hash::Sha512 => exchange::Hash::Sha512,
                },
                key: check.key,
                signature: check.signature,
                text: check.text,
            });
            by = if answer.is_some() { "host" } else { "module" };
            answer
        });
        let reply = Reply::new(200, "signatures").header("x-verdict", verdict);
        let reply = reply.and_then(|reply| reply.header("x-by", by));
        Outcome::Reply(reply.unwrap_or_else(|_| Reply::new(500, "signatures")))
    }
}

type Host<'a> = &'a mut dyn FnMut(&SignatureCheck<'_>) -> Option<bool>;

fn check(headers: &HeaderMap, host: Host<'_>) -> &'static str {
    let first = |name| headers.values(name).next().unwrap_or_default();
    let decoded = |name| URL_SAFE_NO_PAD.decode(first(name)).unwrap_or_default();
    let Ok((keys, _)) = KeySet::parse(&decoded("x-keys")) else {
        return "no key set";
    };
    if headers.contains("x-token") {
        return of_token(&decoded("x-token"), &keys, host);
    }
    let alg = str::from_utf8(first("x-alg")).ok().and_then(Alg::from_name);
    let keys = keys.into_keys();
    let (Some(alg), Some(key)) = (alg, keys.first()) else {
        return "no key";
    };
    let (text, signature) = (decoded("x-text"), decoded("x-signature"));
    said(verify_signature(alg, &text, &signature, key, host))
}

fn of_token(token: &[u8], keys: &KeySet, host: Host<'_>) -> &'static str {
    let Ok(jws) = Jws::parse(token, Limits::default()) else {
        return "no token";
    };
    // HMAC too: the vectors have such keys.
    let allowed: AllowList = [jws.header().alg].into_iter().collect();
    let Ok(candidates) = keys.candidates(jws.header(), allowed) else {
        return "no key";
    };
    let mut verdicts = candidates.into_iter().map(|key| verify(&jws, key, host));
    match verdicts.any(|verdict| verdict == Verdict::Valid) {
        true => "valid",
        false => "invalid",
    }
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "valid",
        Verdict::Invalid => "invalid",
        Verdict::WrongKey => "wrong key",
    }
}
