//! What holds for every text that a config or a client may have.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use hachure_config::{
    ClaimPath, Duration, PathPattern, PathTemplate, Pattern, QueryEdit, RequestPath, SearchPattern,
    StatusRange, Template, UnixTime, Variable, decode_form, encode_form, ipv6_groups, quoted,
    scalar_at, text_at,
};
use proptest::prelude::*;

/// A variable of any name.
#[derive(Debug)]
struct Named;

impl Variable for Named {
    const KNOWN: &'static [&'static str] = &["NAME"];

    fn parse(_: &str) -> Option<Self> {
        Some(Self)
    }
}

/// Texts with much of what means something to a reader.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "//",
            ".",
            "..",
            "%",
            "%2F",
            "%2e",
            ";",
            "?",
            "#",
            "&",
            "=",
            "+",
            "\\",
            "{",
            "}",
            "{a}",
            "*",
            "$",
            "${",
            "${a.b}",
            "$$",
            "'",
            "\"",
            "[",
            "]",
            "(",
            ")",
            "|",
            ":",
            "::",
            "-",
            "0",
            "9",
            "1h",
            "30m",
            "5xx",
            "200",
            "2026-01-31",
            "T00:00:00",
            "Z",
            "+01:00",
            "a",
            "é",
            "\u{1f600}",
            "\0",
            "\r\n",
            " ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_of_a_config_panics(text in text(), other in text()) {
        let _ = (ClaimPath::parse(&text), Template::<Named>::parse(&text));
        let _ = (StatusRange::parse(&text), ipv6_groups(&text), quoted(&text));
        let _ = (scalar_at(text.as_bytes(), [other.as_str()]), text_at(text.as_bytes(), ["a", "0"]));
        let path = RequestPath::new(other.as_bytes());
        if let Ok(pattern) = PathPattern::parse(&text) {
            let _ = (pattern.is(path), pattern.is_prefix_of(path));
        }
        if let Some(template) = PathTemplate::parse(&text) {
            let _ = (template.fits(path), template.captures(path));
        }
        if let Ok(pattern) = Pattern::parse(&text) {
            let _ = pattern.is_whole(other.as_bytes());
        }
        if let Ok(pattern) = SearchPattern::parse(&text) {
            let _ = pattern.matches(other.as_bytes()).map(Iterator::count);
        }
    }

    /// What is read is written as it would be read again.
    #[test]
    fn times_come_back(text in text(), milliseconds in 0..100_000_000_000_u64, seconds in 0..18_000_000_000_u64) {
        if let Some(duration) = Duration::parse(&text) {
            prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
        }
        let duration = Duration::from_milliseconds(milliseconds);
        if let Some(read) = Duration::parse(&duration.to_string()) {
            prop_assert_eq!(read, duration);
        }
        if let Some(time) = UnixTime::parse_rfc3339(&text) {
            prop_assert_eq!(UnixTime::parse_rfc3339(&time.rfc3339()), Some(time));
        }
        let time = UnixTime::from_seconds(seconds);
        prop_assert_eq!(UnixTime::parse_rfc3339(&time.rfc3339()), Some(time));
    }

    #[test]
    fn form_values_come_back(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let encoded = encode_form(&bytes);
        prop_assert!(encoded.is_ascii());
        prop_assert_eq!(decode_form(&encoded).collect::<Vec<_>>(), bytes);
    }

    /// A query that is edited holds what was put there, and the path stays.
    #[test]
    fn queries_hold_what_is_put_there(target in text(), name in "[a-z]{1,3}", value in prop::collection::vec(any::<u8>(), 0..20)) {
        let target = format!("/{target}");
        let mut edit = QueryEdit::new(target.as_bytes());
        edit.put(name.as_bytes(), [encode_form(&value).as_slice()]);
        let edited = edit.target();
        prop_assert_eq!(RequestPath::new(&edited).path(), RequestPath::new(target.as_bytes()).path());
        let again = QueryEdit::new(&edited);
        let values: Vec<_> = again.values(name.as_bytes()).map(|raw| decode_form(raw).collect::<Vec<_>>()).collect();
        prop_assert_eq!(values, [value]);
    }

    /// Whatever is canonical has no segment that another reader would take otherwise.
    #[test]
    fn canonical_paths_have_plain_segments(target in text()) {
        let target = format!("/{target}");
        let path = RequestPath::new(target.as_bytes());
        if path.canonical().is_ok() {
            let raw = String::from_utf8_lossy(path.path());
            prop_assert!(!raw.contains("//") && !raw.contains('\\'), "{}", raw);
            for segment in path.segments() {
                let decoded = segment.decoded();
                prop_assert!(*decoded != *b"." && *decoded != *b"..", "{}", raw);
            }
        }
    }
}
