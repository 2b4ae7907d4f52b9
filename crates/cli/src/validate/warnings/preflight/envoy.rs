//! Routes of Envoy configs.

use regex_lite::Regex;
use serde_json::Value;

use super::{FILTER, PathMatch, Reach};
use crate::cursor::Cursor;
use crate::validate::found::Found;
use crate::validate::manager::{Manager, Route};

/// The routes of every virtual host of every connection manager.
pub(super) fn hosts<'i>(found: &Found<'i>) -> Vec<Vec<Reach<'i>>> {
    let of_manager = |manager: &Manager<'i>| {
        let hosts = manager.hosts(&found.tables);
        hosts
            .map(|routes| routes.iter().filter_map(|r| reach(manager, r)).collect())
            .collect()
    };
    found
        .managers
        .iter()
        .flat_map(|manager| -> Vec<_> { of_manager(manager) })
        .collect()
}

fn reach<'i>(manager: &Manager<'i>, route: &Route<'i>) -> Option<Reach<'i>> {
    let matched = route.place.get("match")?;
    let is_cors = |name: Option<&str>| name == Some(FILTER);
    let mut filters = manager.filters.iter();
    let cors = filters.any(|filter| {
        let placed = filter.placed.as_ref();
        is_cors(placed.map(|placed| placed.filter.name)) && route.runs(filter)
    });
    let (methods, others): (Vec<_>, Vec<_>) = matched
        .list("headers")
        .into_iter()
        .partition(|header| header.text("name") == Some(":method"));
    Some(Reach {
        place: methods.first().unwrap_or(&route.place).clone(),
        path: path(&matched),
        options: methods.iter().all(matches_options),
        narrow: !others.is_empty() || matched.get("query_parameters").is_some(),
        cors,
    })
}

fn path<'i>(matched: &Cursor<'i>) -> PathMatch<'i> {
    let text = |keys: &[&str]| matched.get_any(keys).and_then(|text| text.value.as_str());
    let exact = text(&["path"]).map(PathMatch::Exact);
    let prefix = || text(&["prefix"]).map(PathMatch::Prefix);
    let below = || text(&["path_separated_prefix", "pathSeparatedPrefix"]).map(PathMatch::Below);
    let kinds = [
        "safe_regex",
        "safeRegex",
        "path_match_policy",
        "pathMatchPolicy",
    ];
    let other = matched.get_any(&kinds).map(|other| other.value.to_string());
    let other = || PathMatch::Other(other.unwrap_or_default());
    exact.or_else(prefix).or_else(below).unwrap_or_else(other)
}

/// Whether a matcher of the header `:method` takes OPTIONS. One of an unknown kind does not count
/// as one that keeps it out.
fn matches_options(header: &Cursor<'_>) -> bool {
    let inverted = header.get_any(&["invert_match", "invertMatch"]);
    let inverted = inverted.is_some_and(|flag| flag.value == true);
    let kinds = [
        ["exact", "exact_match", "exactMatch"],
        ["prefix", "prefix_match", "prefixMatch"],
        ["suffix", "suffix_match", "suffixMatch"],
        ["contains", "contains_match", "containsMatch"],
        ["safe_regex", "safe_regex_match", "safeRegex"],
    ];
    let matcher = header
        .get_any(&["string_match", "stringMatch"])
        .unwrap_or(header.clone());
    let found = kinds
        .iter()
        .find_map(|names| Some((names, matcher.get_any(names)?)));
    let Some(([kind, ..], wanted)) = found else {
        return true;
    };
    let text = wanted
        .value
        .as_str()
        .or_else(|| wanted.value.get("regex").and_then(Value::as_str));
    let text = text.unwrap_or_default();
    let takes = match *kind {
        "exact" => text == "OPTIONS",
        "prefix" => "OPTIONS".starts_with(text),
        "suffix" => "OPTIONS".ends_with(text),
        "contains" => "OPTIONS".contains(text),
        _ => Regex::new(&format!("^(?:{text})$")).map_or(true, |regex| regex.is_match("OPTIONS")),
    };
    takes != inverted
}
