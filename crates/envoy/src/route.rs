//! Routes: which requests go where, and with which filters.

use serde_json::{Map, Value, json};

/// A route. The first that matches is taken.
#[derive(Debug, Clone)]
pub struct Route {
    name: Option<String>,
    matches: Map<String, Value>,
    action: (&'static str, Map<String, Value>),
    filters: Map<String, Value>,
    fields: Map<String, Value>,
}

impl Route {
    /// Paths that begin with `prefix`.
    pub fn prefix(prefix: &str) -> Self {
        Self::matching("prefix", json!(prefix))
    }

    /// Paths at or below `prefix`, by whole segments.
    pub fn below(prefix: &str) -> Self {
        Self::matching("path_separated_prefix", json!(prefix))
    }

    /// The one path.
    pub fn path(path: &str) -> Self {
        Self::matching("path", json!(path))
    }

    /// `CONNECT`, which has no path.
    pub fn connect() -> Self {
        Self::matching("connect_matcher", json!({}))
    }

    fn matching(field: &str, value: Value) -> Self {
        let matches = [(field.to_owned(), value)].into_iter().collect();
        let action = ("direct_response", Map::new());
        Self {
            name: None,
            matches,
            action,
            filters: Map::new(),
            fields: Map::new(),
        }
        .direct(404, "")
    }

    /// Only requests with one of these methods.
    pub fn methods<'a>(self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let any: Vec<_> = methods.into_iter().collect();
        let pattern = any.join("|");
        self.header(json!({"name": ":method", "string_match": {"safe_regex": {"regex": pattern}}}))
    }

    /// Only requests that this `envoy.config.route.v3.HeaderMatcher` takes too.
    pub fn header(mut self, matcher: Value) -> Self {
        let matchers = self.matches.entry("headers").or_insert_with(|| json!([]));
        if let Value::Array(matchers) = matchers {
            matchers.push(matcher);
        }
        self
    }

    /// Sends its requests to a cluster.
    pub fn to(mut self, cluster: &str) -> Self {
        self.action = (
            "route",
            [("cluster".to_owned(), json!(cluster))]
                .into_iter()
                .collect(),
        );
        self
    }

    /// Answers its requests.
    pub fn direct(mut self, status: u16, body: &str) -> Self {
        let mut action = Map::from_iter([("status".to_owned(), json!(status))]);
        if !body.is_empty() {
            action.insert("body".into(), json!({"inline_string": body}));
        }
        self.action = ("direct_response", action);
        self
    }

    /// Sets a field of the action: `envoy.config.route.v3.RouteAction` after [`Route::to`].
    pub fn action_field(mut self, name: &str, value: Value) -> Self {
        self.action.1.insert(name.to_owned(), value);
        self
    }

    /// Sets a field of `envoy.config.route.v3.Route`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// Names the route: `%ROUTE_NAME%` in access logs.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Enables a filter that is disabled in the listener's chain
    /// ([`crate::HttpFilter::disabled`]).
    pub fn enable(self, filter: &str) -> Self {
        let kind = "type.googleapis.com/envoy.config.route.v3.FilterConfig";
        self.configure(filter, json!({"@type": kind, "config": {}}))
    }

    /// Gives a native filter a config of this route's own, with its `@type`.
    pub fn configure(mut self, filter: &str, typed_config: Value) -> Self {
        self.filters.insert(filter.to_owned(), typed_config);
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut route = Map::new();
        if let Some(name) = &self.name {
            route.insert("name".into(), json!(name));
        }
        route.insert("match".into(), json!(self.matches));
        route.insert(self.action.0.into(), json!(self.action.1));
        if !self.filters.is_empty() {
            route.insert("typed_per_filter_config".into(), json!(self.filters));
        }
        route.extend(self.fields.clone());
        Value::Object(route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_goes_where_with_which_filters() {
        let route = Route::below("/orders")
            .methods(["GET", "PUT"])
            .to("orders")
            .enable("cors");
        let json = route.to_json();
        assert_eq!(json["match"]["path_separated_prefix"], "/orders");
        let matcher = &json["match"]["headers"][0]["string_match"];
        assert_eq!(matcher["safe_regex"]["regex"], "GET|PUT");
        assert_eq!(json["route"]["cluster"], "orders");
        let enabled = &json["typed_per_filter_config"]["cors"];
        assert_eq!(
            enabled["@type"],
            "type.googleapis.com/envoy.config.route.v3.FilterConfig"
        );
    }

    #[test]
    fn without_a_target_there_is_nothing_there() {
        assert_eq!(Route::path("/").to_json()["direct_response"]["status"], 404);
    }
}
