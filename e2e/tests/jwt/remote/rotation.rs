//! Keys that change.

use serde_json::json;

use super::{asked, comes_to, gateway, good, pause, provider, refused, token};

#[test]
fn an_unknown_key_is_fetched_once_and_the_one_that_is_gone_is_forgotten() {
    let provider = provider();
    let gateway = gateway(&provider, json!({"unknownKeyRefetch": "1s"}), 2);
    let old = token(&provider);
    // It is remembered by both workers.
    for _ in 0..16 {
        assert_eq!(asked(&gateway, &old), good());
    }
    assert_eq!(provider.keys_asked(), 1);
    pause(1_000);
    provider.rotate(false);
    let new = token(&provider);
    assert_eq!(asked(&gateway, &new), good(), "it waits for the new keys");
    assert_eq!(provider.keys_asked(), 2);
    comes_to(&gateway, &old, &refused(401, "key_unknown"));
    // The other worker has seen the new keys by then, too.
    pause(1_500);
    for _ in 0..16 {
        assert_eq!(asked(&gateway, &old), refused(401, "key_unknown"));
        assert_eq!(asked(&gateway, &new), good());
    }
}

#[test]
fn unknown_keys_do_not_make_it_fetch_more_often() {
    let provider = provider();
    let gateway = gateway(
        &provider,
        json!({"unknownKeyRefetch": "1h", "refresh": "1h", "maxStale": "2h"}),
        2,
    );
    assert_eq!(asked(&gateway, &token(&provider)), good());
    let strange = json!({"header": {"kid": "strange"}});
    let strange = provider.token(super::AUDIENCE, &strange);
    for _ in 0..40 {
        assert_eq!(asked(&gateway, &strange), refused(401, "key_unknown"));
    }
    assert!(
        provider.keys_asked() <= 2,
        "{} fetches",
        provider.keys_asked()
    );
    // The keys are as good as before.
    assert_eq!(asked(&gateway, &token(&provider)), good());
}

#[test]
fn a_set_that_was_rotated_drops_the_tokens_that_are_remembered() {
    let provider = provider();
    let gateway = gateway(&provider, json!({"refresh": "1s"}), 1);
    let old = token(&provider);
    assert_eq!(asked(&gateway, &old), good());
    provider.rotate(true);
    pause(2_500);
    assert_eq!(asked(&gateway, &old), good(), "its key is still there");
    provider.rotate(false);
    let took = comes_to(&gateway, &old, &refused(401, "key_unknown"));
    assert!(took.as_secs() < 5, "{took:?}");
}
