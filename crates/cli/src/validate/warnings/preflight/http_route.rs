//! `HTTPRoute`s with the policies that cover them.

use super::{FILTER, PathMatch, Reach};
use crate::cursor::Cursor;
use crate::validate::found::Found;
use crate::validate::kubernetes::Object;

/// The rules of routes, those together that share a gateway and a host name.
pub(super) fn hosts<'i>(found: &Found<'i>) -> Vec<Vec<Reach<'i>>> {
    let routes: Vec<_> = found
        .objects
        .iter()
        .filter(|o| o.kind == "HTTPRoute")
        .collect();
    let with_others = |route: &&Object<'i>| {
        let together = routes.iter().filter(|other| share_a_host(route, other));
        together.flat_map(|other| reaches(other, found)).collect()
    };
    routes.iter().map(with_others).collect()
}

fn share_a_host(one: &Object<'_>, other: &Object<'_>) -> bool {
    let list = |object: &Object<'_>, key| -> Vec<String> {
        let items = object.spec().map(|spec| spec.list(key)).unwrap_or_default();
        items.iter().map(|item| item.value.to_string()).collect()
    };
    let share = |key| {
        let (ours, theirs) = (list(one, key), list(other, key));
        ours == theirs || ours.iter().any(|item| theirs.contains(item))
    };
    share("parentRefs") && share("hostnames")
}

fn reaches<'i>(route: &Object<'i>, found: &Found<'i>) -> Vec<Reach<'i>> {
    let rules = route
        .spec()
        .map(|spec| spec.list("rules"))
        .unwrap_or_default();
    let of_rule = |rule: Cursor<'i>| {
        let cors = is_covered(route, rule.text("name"), found);
        let matches = rule.list("matches");
        let any = matches.is_empty().then_some(Reach {
            place: rule,
            path: PathMatch::Below("/"),
            options: true,
            narrow: false,
            cors,
        });
        let written = matches
            .into_iter()
            .map(move |matched| reach(&matched, cors));
        written.chain(any).collect::<Vec<_>>()
    };
    rules.into_iter().flat_map(of_rule).collect()
}

fn is_covered(route: &Object<'_>, rule: Option<&str>, found: &Found<'_>) -> bool {
    found.policies.iter().any(|policy| {
        let namespace = policy.object.namespace;
        let mut targets = policy.targets.iter();
        policy.entries_of(FILTER).next().is_some()
            && targets.any(|target| target.covers(namespace, route, rule))
    })
}

fn reach<'i>(matched: &Cursor<'i>, cors: bool) -> Reach<'i> {
    let path = match matched.get("path") {
        None => PathMatch::Below("/"),
        Some(path) => match (path.text("type"), path.text("value")) {
            (Some("Exact"), Some(value)) => PathMatch::Exact(value),
            (None | Some("PathPrefix"), Some(value)) => PathMatch::Below(value),
            _ => PathMatch::Other(path.value.to_string()),
        },
    };
    let method = matched.get("method");
    Reach {
        path,
        options: method
            .as_ref()
            .is_none_or(|method| method.value == "OPTIONS"),
        narrow: matched.has("headers") || matched.has("queryParams"),
        cors,
        place: method.unwrap_or_else(|| matched.clone()),
    }
}
