//! `providers[].authorize` and `providers[].revoked`, compiled.

use hachure_config::{Path, Problems};

use crate::authorize::{Authorize, Revoked, Rule};
use crate::config::{self, ClaimRule, ClaimTest};

pub(super) fn compile(
    authorize: &config::Authorize,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Authorize {
    let (all, any) = (&authorize.scopes.all, &authorize.scopes.any);
    let scopes = path.key("scopes");
    for (key, list) in [("all", all), ("any", any)] {
        let place = scopes.key(key);
        for (i, scope) in list.iter().enumerate() {
            if !is_scope(scope) {
                let expected = "one scope: printable ASCII without blanks, quotes and backslashes";
                problems.add_text(&place.index(i), expected, scope);
            }
        }
    }
    problems.no_empty(&authorize.clients, &path.key("clients"));
    let mut scope = all.join(" ");
    if !scope.is_empty() && !any.is_empty() {
        scope.push(' ');
    }
    scope.push_str(&any.join(" "));
    Authorize {
        scope,
        all: all.clone(),
        any: any.clone(),
        clients: authorize.clients.clone(),
        claims: rules(&authorize.claims, &path.key("claims"), problems),
    }
}

pub(super) fn revoked(
    revoked: &config::Revoked,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Revoked {
    problems.no_empty(&revoked.ids, &path.key("ids"));
    Revoked {
        ids: revoked.ids.clone(),
        claims: rules(&revoked.claims, &path.key("claims"), problems),
    }
}

/// `scope-token` of RFC 6749, 3.3.
fn is_scope(text: &str) -> bool {
    let fits = |b: u8| matches!(b, b'!'..=b'~' if b != b'"' && b != b'\\');
    !text.is_empty() && text.bytes().all(fits)
}

fn rules(rules: &[ClaimRule], path: &Path<'_>, problems: &mut Problems) -> Vec<Rule> {
    for (i, rule) in rules.iter().enumerate() {
        let here = path.index(i);
        let here = here.key("is");
        match &rule.r#is {
            ClaimTest::OneOf(list) if list.is_empty() => {
                problems.add(&here.key("oneOf"), "at least one value", "[]");
            }
            ClaimTest::Prefix(prefix) if prefix.is_empty() => {
                problems.add_text(&here.key("prefix"), "some text", "");
            }
            _ => {}
        }
    }
    let rules = rules.iter().map(|rule| Rule {
        claim: rule.claim.0.clone(),
        test: rule.r#is.clone(),
    });
    rules.collect()
}
