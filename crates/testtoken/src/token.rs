//! Tokens by description.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::key::{Key, encode, hmac};

/// 2026-01-01T00:00:00Z, when the tokens of cases are issued unless they say otherwise.
pub const ISSUED: u64 = 1_767_225_600;

/// What a token has, and all the ways in which it may be wrong.
///
/// | member | meaning |
/// |---|---|
/// | `key` | who signs; `rsa` by default |
/// | `alg` | how; what the key is for by default |
/// | `kid` | the header's; the key's name by default, `null` for none |
/// | `header`, `claims` | members beside those that are always there, or instead; `null` for none |
/// | `headerText`, `payloadText` | the decoded part, instead of JSON made of members |
/// | `secret` | `jwk` or `n`: HMAC with that text of the key for a secret |
/// | `signature` | the third part, as it stands |
/// | `lifetime` | seconds from `iat` to `exp`; 3600 by default |
/// | `replace` | a list of texts: each odd one in the token becomes the next |
/// | `flip` | the place, from the end, of a character of the token that is changed |
/// | `append` | what follows the token |
pub fn token(spec: &Value) -> Result<String> {
    let spec = spec.as_object().context("an object")?;
    for member in spec.keys() {
        ensure!(MEMBERS.contains(&member.as_str()), "no member {member}");
    }
    let text = |name| spec.get(name).and_then(Value::as_str);
    let key = Key::named(text("key").unwrap_or("rsa"))?;
    let alg = text("alg").unwrap_or(key.default_alg());
    let kid = spec.get("kid").cloned();
    let kid = kid.unwrap_or_else(|| text("key").unwrap_or("rsa").into());
    let header = match text("headerText") {
        Some(text) => text.to_owned(),
        None => members(json!({"alg": alg, "kid": kid}), spec.get("header"))?,
    };
    let payload = match text("payloadText") {
        Some(text) => text.to_owned(),
        None => members(claims(spec), spec.get("claims"))?,
    };
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(payload.as_bytes())
    );
    let signature = match (text("signature"), text("secret")) {
        (Some(signature), _) => signature.to_owned(),
        (None, Some(secret)) => {
            let jwk = key.public()?;
            let secret = match secret {
                "jwk" => Value::from(jwk).to_string(),
                "empty" => String::new(),
                member => jwk
                    .get(member)
                    .and_then(Value::as_str)
                    .context("a member")?
                    .to_owned(),
            };
            encode(&hmac(alg, secret.as_bytes(), signed.as_bytes())?)
        }
        (None, None) => encode(&key.sign(alg, signed.as_bytes())?),
    };
    changed(format!("{signed}.{signature}"), spec)
}

/// A key set by the names of its keys; a key may be an object that says what is different about it.
pub fn key_set(spec: &Value) -> Result<String> {
    let mut keys = vec![];
    for entry in spec.as_array().context("a list")? {
        let (name, changes) = match entry {
            Value::String(name) => (name.as_str(), None),
            other => (
                other.get("key").and_then(Value::as_str).context("a key")?,
                other.as_object(),
            ),
        };
        let mut jwk = Key::named(name)?.public()?;
        for (member, value) in changes.into_iter().flatten().filter(|(m, _)| *m != "key") {
            set(&mut jwk, member, value);
        }
        keys.push(Value::from(jwk));
    }
    Ok(json!({"keys": keys}).to_string())
}

const MEMBERS: [&str; 14] = [
    "after",
    "alg",
    "append",
    "claims",
    "flip",
    "header",
    "headerText",
    "key",
    "kid",
    "lifetime",
    "payloadText",
    "replace",
    "secret",
    "signature",
];

fn claims(spec: &Map<String, Value>) -> Value {
    let lifetime = spec
        .get("lifetime")
        .and_then(Value::as_u64)
        .unwrap_or(3_600);
    json!({
        "iss": "https://issuer.example",
        "sub": "alice",
        "aud": "https://api.example.com",
        "iat": ISSUED,
        "exp": ISSUED + lifetime,
    })
}

fn members(base: Value, changes: Option<&Value>) -> Result<String> {
    let mut object = base.as_object().cloned().context("an object")?;
    for (member, value) in changes.and_then(Value::as_object).into_iter().flatten() {
        set(&mut object, member, value);
    }
    object.retain(|_, value| !value.is_null());
    Ok(Value::from(object).to_string())
}

fn set(object: &mut Map<String, Value>, member: &str, value: &Value) {
    match value {
        Value::Null => drop(object.remove(member)),
        value => drop(object.insert(member.to_owned(), value.clone())),
    }
}

fn changed(mut token: String, spec: &Map<String, Value>) -> Result<String> {
    if let Some(pairs) = spec.get("replace").and_then(Value::as_array) {
        for pair in pairs.chunks(2) {
            let [Value::String(from), Value::String(to)] = pair else {
                bail!("pairs of texts");
            };
            ensure!(token.contains(from), "the token has no {from}");
            token = token.replacen(from, to, 1);
        }
    }
    if let Some(place) = spec.get("flip").and_then(Value::as_u64) {
        let at = token.len().checked_sub(usize::try_from(place)?);
        let at = at.context("a place in the token")?;
        let is_a = token.get(at..=at) == Some("A");
        token.replace_range(at..=at, if is_a { "B" } else { "A" });
    }
    token.push_str(
        spec.get("append")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    );
    Ok(token)
}
