//! Our filter beside Envoy's own: the same status for every token but those in the list.

use std::collections::BTreeMap;

use crate::corpus::corpus;
use crate::gate::{by_envoy, by_host, verdict};

/// What Envoy answers, what we answer, for which requests, and why.
const DIFFERENCES: &[(u16, u16, &[&str], &str)] = &[
    (
        403,
        401,
        &["another audience", "no audience", "no audience in a list"],
        "a token for another API is no credential here: `invalid_token` is 401 (RFC 6750, 3.1)",
    ),
    (
        200,
        401,
        &["a slash behind the audience"],
        "Envoy takes a slash off both: `aud` is compared byte for byte (RFC 7519, 4.1.3)",
    ),
    (
        200,
        401,
        &["padding twice", "bits beyond the end (ES256)"],
        "base64url has one form without padding (RFC 7515, 2): two texts of one token would pass \
         a list of revoked ones",
    ),
    (
        200,
        401,
        &["a comma at the end", "a raw control character"],
        "this is no JSON (RFC 8259): the reader behind the gateway may read it otherwise",
    ),
    (
        200,
        401,
        &["crit", "an empty crit"],
        "an extension that is not understood makes a token invalid, and an empty list of them is \
         not allowed (RFC 7515, 4.1.11)",
    ),
    (
        200,
        401,
        &["an unencoded payload (RFC 7797)", "b64 true"],
        "JWTs are never unencoded (RFC 7797, 7); who says anything of it is up to something",
    ),
    (
        200,
        401,
        &["a type that is a number"],
        "`typ` is text (RFC 7515, 4.1.9)",
    ),
    (
        200,
        401,
        &["a claim of 20 kB"],
        "tokens are at most 8 KiB long, before anything is computed",
    ),
    (
        401,
        200,
        &["bearer in lower case", "BEARER in upper case"],
        "the scheme is in any case (RFC 9110, 11.1)",
    ),
    (
        200,
        401,
        &["Basic and a good one"],
        "two credentials: filters and upstreams would not agree which one counts",
    ),
];

#[test]
fn every_difference_is_known() {
    let mut expected: BTreeMap<&str, (u16, u16)> = BTreeMap::new();
    for (theirs, ours, names, _) in DIFFERENCES {
        expected.extend(names.iter().map(|name| (*name, (*theirs, *ours))));
    }
    let (native, filter) = (by_envoy(), by_host());
    let (mut unexpected, mut good) = (vec![], 0);
    for candidate in corpus() {
        let theirs = verdict(&native, &candidate.request).status;
        let ours = verdict(&filter, &candidate.request);
        let name = candidate.name.as_str();
        good += usize::from((theirs, ours.status) == (200, 200));
        let expected = expected.remove(name);
        if expected.unwrap_or((theirs, theirs)) != (theirs, ours.status) {
            unexpected.push(format!("{name}: Envoy {theirs}, ours {ours:?}"));
        }
        if expected.is_some_and(|(theirs, ours)| theirs == ours) {
            unexpected.push(format!("{name}: no difference is listed"));
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert!(expected.is_empty(), "not in the corpus: {expected:?}");
    assert!(good > 25, "{good} tokens are good to both");
}
