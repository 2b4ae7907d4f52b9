//! Tokens and key sets where they stand in files, with what they are made of beside them.
//!
//! ```yaml
//! authorization: "Bearer eyJ..."     # token: {key: ec, claims: {sub: bob}}
//! inline: '{"keys": [...]}'          # keys: [rsa, {key: ec, alg: ES256}]
//! ```

use anyhow::{Context, Result};
use hachure_yaml::parse;

use crate::token::{key_set, token};

const TOKEN: &str = "# token: ";
const KEYS: &str = "# keys: ";
/// Where a token begins unless its description says `after`.
const BEARER: &str = "Bearer ";
const PLACES: [&str; 2] = ["inline: '", "body: '"];

/// The text with every token and key set made anew.
pub fn renewed(text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let renewed = renew(line).with_context(|| format!("line {}", i + 1))?;
        out.push_str(renewed.as_deref().unwrap_or(line));
    }
    Ok(out)
}

fn renew(line: &str) -> Result<Option<String>> {
    if let Some(at) = line.find(TOKEN) {
        let (rest, comment) = line.split_at(at);
        let spec = parse(comment.trim_start_matches(TOKEN))?.value;
        let after = spec.get("after").and_then(|after| after.as_str());
        let ends = ['"', ';', '&', ','];
        let rest = put(rest, after.unwrap_or(BEARER), &ends, &token(&spec)?)?;
        return Ok(Some(rest + comment));
    }
    if let Some(at) = line.find(KEYS) {
        let (rest, comment) = line.split_at(at);
        let made = key_set(&parse(comment.trim_start_matches(KEYS))?.value)?;
        let place = PLACES.into_iter().find(|place| rest.contains(place));
        return Ok(Some(
            put(rest, place.context("a place")?, &['\''], &made)? + comment,
        ));
    }
    Ok(None)
}

/// Puts `made` between the first `after` and the first of `ends`.
fn put(rest: &str, after: &str, ends: &[char], made: &str) -> Result<String> {
    let at = rest.find(after).with_context(|| format!("no {after}"))?;
    let (before, old) = rest.split_at(at + after.len());
    let end = old.find(ends).context("an end")?;
    let (_, behind) = old.split_at(end);
    Ok(format!("{before}{made}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_anew_is_the_same() {
        let text = concat!(
            "a: {authorization: \"Bearer x\"} # token: {key: ec, claims: {sub: bob}}\n",
            "keys: {inline: ''} # keys: [rsa, {key: ec, alg: ES256}]\n",
            "plain\n",
        );
        let once = renewed(text).unwrap();
        assert!(once.contains("Bearer eyJ"), "{once}");
        assert!(once.contains(r#"inline: '{"keys":[{"#), "{once}");
        assert!(once.ends_with("plain\n"));
        assert_eq!(renewed(&once).unwrap(), once);
    }

    #[test]
    fn a_mistake_in_a_description_is_told() {
        for line in [
            "\"Bearer x\" # token: {kei: ec}\n",
            "x # token: {}\n",
            "inline: '' # keys: [no]\n",
        ] {
            assert!(renewed(line).is_err(), "{line}");
        }
    }
}
