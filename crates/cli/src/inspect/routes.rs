//! Routes, and which filters run on each.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::inspect::dump::{list, text};
use crate::inspect::manager::{HttpFilter, Manager};

/// A route of a connection manager.
pub(super) struct Route<'d> {
    pub(super) host: &'d Value,
    pub(super) route: &'d Value,
    /// Filters that the route, its host or its table turns on or off.
    switches: BTreeMap<&'d str, bool>,
}

/// The routes of a connection manager, in its order.
pub(super) fn all<'d>(manager: &Manager<'d>) -> Vec<Route<'d>> {
    let Some(table) = manager.table else {
        return vec![];
    };
    let of_table = switches(table);
    let mut routes = vec![];
    for host in list(table, "virtual_hosts") {
        let mut of_host = of_table.clone();
        of_host.extend(switches(host));
        for route in list(host, "routes") {
            let mut of_route = of_host.clone();
            of_route.extend(switches(route));
            routes.push(Route {
                host,
                route,
                switches: of_route,
            });
        }
    }
    routes
}

impl<'d> Route<'d> {
    /// The filters that its requests meet, in order.
    pub(super) fn running<'m>(
        &self,
        manager: &'m Manager<'d>,
    ) -> impl Iterator<Item = &'m HttpFilter<'d>> {
        manager.filters.iter().filter(|filter| {
            let switched = self.switches.get(filter.name);
            switched.copied().unwrap_or(!filter.disabled)
        })
    }

    /// What it matches: `GET /v1/*`.
    pub(super) fn title(&self) -> String {
        let matcher = self.route.get("match").unwrap_or(&Value::Null);
        let paths = [
            ("/path", "", ""),
            ("/prefix", "", "*"),
            ("/path_separated_prefix", "", "/*"),
            ("/safe_regex/regex", "~ ", ""),
            ("/path_match_policy/name", "by ", ""),
        ];
        let path = paths.iter().find_map(|(pointer, before, behind)| {
            let path = matcher.pointer(pointer)?.as_str()?;
            Some(format!("{before}{path}{behind}"))
        });
        let path = path.unwrap_or_else(|| match matcher.get("connect_matcher") {
            Some(_) => "CONNECT".to_owned(),
            None => "*".to_owned(),
        });
        let headers = list(matcher, "headers").map(header_title);
        let queries =
            list(matcher, "query_parameters").map(|one| format!("?{}", text(one, "/name")));
        let all: Vec<_> = headers.chain([path]).chain(queries).collect();
        all.join(" ")
    }

    /// The hosts for which it is.
    pub(super) fn domains(&self) -> Vec<&'d str> {
        list(self.host, "domains")
            .filter_map(Value::as_str)
            .collect()
    }

    /// Where its requests go.
    pub(super) fn destination(&self) -> String {
        let route = self.route;
        if let Some(cluster) = route.pointer("/route/cluster").and_then(Value::as_str) {
            return cluster.to_owned();
        }
        if let Some(several) = route.pointer("/route/weighted_clusters") {
            let names = list(several, "clusters").map(|one| text(one, "/name"));
            return names.collect::<Vec<_>>().join(", ");
        }
        if let Some(status) = route.pointer("/direct_response/status") {
            return format!("{status}");
        }
        match route.get("redirect") {
            Some(_) => "a redirect".to_owned(),
            None => "somewhere else".to_owned(),
        }
    }
}

fn header_title(matcher: &Value) -> String {
    let value = [
        "/string_match/exact",
        "/string_match/safe_regex/regex",
        "/string_match/prefix",
    ];
    let value = value
        .iter()
        .map(|pointer| text(matcher, pointer))
        .find(|value| !value.is_empty());
    match (text(matcher, "/name"), value) {
        (":method", Some(value)) => value.replace('|', ", "),
        (name, Some(value)) => format!("[{name}: {value}]"),
        (name, None) => format!("[{name}]"),
    }
}

/// Filters by name, and whether they are on: with any config but `disabled: true`.
fn switches(here: &Value) -> BTreeMap<&str, bool> {
    let configs = here
        .get("typed_per_filter_config")
        .and_then(Value::as_object);
    let members = configs.into_iter().flatten();
    members
        .map(|(name, config)| {
            (
                name.as_str(),
                config.get("disabled") != Some(&Value::Bool(true)),
            )
        })
        .collect()
}
