//! What holds of every token and every request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod drive;

use std::sync::LazyLock;

use hachure_testtoken::token;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use drive::{Filter, Headers, bearer, config, get, good};

/// One of each kind of key: by a hash and padding, on a curve, and of Edwards' form.
static TOKENS: LazyLock<[String; 3]> = LazyLock::new(|| ["rsa", "ec", "ed"].map(good));

/// Headers that only the filter may set, as [`config`] has them.
const OWNED: [&str; 4] = ["x-user-id", "x-payload", "x-consumer", "x-consumer-id"];

fn base64url() -> impl Strategy<Value = u8> {
    select(&b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[..])
}

/// What a client may put where a token belongs: anything, or nearly a token.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = || prop::collection::vec(base64url(), 0..60);
    let json = r#"\{("(alg|kid|exp|iss|crit|jwk)":("ES256"|"none"|1|null|\[\]|\{\}),?){0,4}\}?"#;
    let encoded = json.prop_map(|text| encode(text.as_bytes()));
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(part(), 0..6).prop_map(|parts| parts.join(&b'.')),
        (encoded, part(), part())
            .prop_map(|(head, body, end)| { [head.into_bytes(), body, end].join(&b'.') }),
    ]
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn request() -> impl Strategy<Value = Headers> {
    let name = select(vec![
        "authorization",
        "cookie",
        ":path",
        "x-user-id",
        "x-other",
    ]);
    let before = select(vec![
        "",
        "Bearer ",
        "bearer  ",
        "token=",
        "; token=\"",
        "/?access_token=",
        "/?a&access_token=",
    ]);
    let header = (name, before, text())
        .prop_map(|(name, before, text)| (name, [before.as_bytes(), &text].concat()));
    prop::collection::vec(header, 0..5).prop_map(|headers| get(&headers))
}

/// A name as another server may read it too.
fn spelled(name: &str, spelling: u32) -> String {
    let letter = |(i, c): (usize, char)| match (spelling.rotate_right(i as u32) & 1, c) {
        (1, '-') => '_',
        (_, other) => other,
    };
    name.chars().enumerate().map(letter).collect()
}

proptest! {
    /// Whatever comes, the answer is 401, or nothing where it is optional and carries no token; it
    /// is never an error of the server's, and nobody is established.
    #[test]
    fn nothing_but_a_token_gets_in(request in request()) {
        let filter = Filter::new(&config(&json!({})));
        let seen = filter.send(60, &request);
        prop_assert_eq!(seen.refused, Some(401));
        prop_assert_eq!(seen.state("hachure.consumer"), None);
    }

    /// Any other character anywhere, or one less or more: it is no longer signed.
    #[test]
    fn a_changed_token_is_none(
        which in 0_usize..3,
        at in any::<Index>(),
        by in prop_oneof![base64url().boxed(), any::<u8>().boxed()],
        how in 0_u8..3,
    ) {
        let filter = Filter::new(&config(&json!({})));
        let token = TOKENS[which].as_bytes();
        let mut changed = token.to_vec();
        let at = at.index(token.len());
        match how {
            0 => changed[at] = by,
            1 => changed.insert(at, by),
            _ => drop(changed.remove(at)),
        }
        // The good one is remembered and does not help.
        prop_assert_eq!(filter.send(60, &bearer(token)).refused, None);
        // Blanks in front of a token are none of it.
        if changed == token || changed.strip_prefix(b" ") == Some(token) {
            return Ok(());
        }
        for _ in 0..2 {
            prop_assert_eq!(filter.send(60, &bearer(&changed)).refused, Some(401));
        }
    }

    /// The signature of one token is not that of another.
    #[test]
    fn parts_of_different_tokens_make_none(which in prop::array::uniform3(0_usize..6)) {
        let filter = Filter::new(&config(&json!({})));
        let other = |key: &str| token(&json!({"key": key, "claims": {"sub": "bob"}})).unwrap();
        let all: Vec<String> = TOKENS.iter().cloned().chain(["rsa", "ec", "ed"].map(other)).collect();
        let part = |i: usize| all[which[i]].split('.').nth(i).unwrap();
        let mixed = [part(0), part(1), part(2)].join(".");
        let expected = if all.contains(&mixed) { None } else { Some(401) };
        prop_assert_eq!(filter.send(60, &bearer(mixed.as_bytes())).refused, expected);
    }

    /// No client's copy of a header of ours goes on, however it is written, whoever sends it, and
    /// whether we refuse or only watch.
    #[test]
    fn forged_headers_never_go_on(
        forged in prop::collection::vec((select(&OWNED[..]), any::<u32>()), 1..6),
        token in prop_oneof![Just(None), (0_usize..3).prop_map(Some)],
        mode in select(&["enforce", "shadow"][..]),
        optional in any::<bool>(),
        preflight in any::<bool>(),
    ) {
        let require = json!({"provider": "main"});
        let require = if optional { json!({"optional": require}) } else { require };
        let filter = Filter::new(&config(&json!({
            "mode": mode, "require": require, "skipPreflight": preflight,
        })));
        let mut request = match token {
            Some(which) => bearer(TOKENS[which].as_bytes()),
            None => get(&[]),
        };
        if preflight {
            request[0].1 = b"OPTIONS".to_vec();
            request.push(("origin".into(), b"https://a.example".to_vec()));
            request.push(("access-control-request-method".into(), b"GET".to_vec()));
        }
        for (name, spelling) in forged {
            request.push((spelled(name, spelling), b"forged".to_vec()));
        }
        let seen = filter.send(60, &request);
        prop_assert!(seen.upstream.iter().all(|(_, value)| value != b"forged"), "{:?}", seen);
        prop_assert!(seen.state.iter().all(|(_, value)| value != b"forged"));
    }

    /// What is remembered changes no answer: at any time, in any order.
    #[test]
    fn a_memory_changes_no_answer(
        requests in prop::collection::vec((0_usize..6, 0_u64..8_000), 1..12),
    ) {
        let tokens = [
            json!({"key": "ec"}),
            json!({"key": "ec", "lifetime": 100}),
            json!({"key": "ec", "claims": {"nbf": 1_767_229_000}}),
            json!({"key": "ec", "claims": {"sub": 7}}),
            json!({"key": "ec", "claims": {"sub": "é"}}),
            json!({"key": "ec", "flip": 5}),
        ].map(|spec| token(&spec).unwrap());
        let remembers = Filter::new(&config(&json!({})));
        let forgets = json!({"cache": {"maxBytes": 0}});
        for (which, after) in requests {
            let request = bearer(tokens[which].as_bytes());
            let anew = Filter::new(&config(&forgets)).send(after, &request);
            prop_assert_eq!(remembers.send(after, &request), anew);
        }
    }
}

/// The laws above would hold of a filter that refuses everything.
#[test]
fn good_tokens_get_in_from_every_place() {
    let filter = Filter::new(&config(&json!({})));
    for token in TOKENS.iter() {
        let places = [
            ("authorization", format!("Bearer {token}")),
            ("cookie", format!("a=b; token={token}")),
            (":path", format!("/orders?access_token={token}")),
        ];
        for (name, value) in places {
            let mut request = get(&[]);
            request.retain(|(n, _)| n != name);
            request.push((name.to_owned(), value.into_bytes()));
            let seen = filter.send(60, &request);
            assert_eq!(seen.refused, None, "{name}");
            assert_eq!(seen.state("hachure.consumer"), Some(&b"alice"[..]));
            let user = seen.upstream.iter().find(|(n, _)| n == "x-user-id");
            assert_eq!(user.map(|(_, v)| v.as_slice()), Some(&b"alice"[..]));
            let told = format!("{:?}", seen.upstream);
            assert!(!told.contains(token.as_str()), "{name} goes on");
        }
        assert_eq!(
            filter.send(3_660, &bearer(token.as_bytes())).refused,
            Some(401)
        );
    }
}
