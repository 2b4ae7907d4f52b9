//! What a file for `hachure run` holds: upstreams, filters, routes, and requests to try.

use std::collections::BTreeMap;

use hachure_config::{ConfigErrors, Path};
use hachure_registry::{FILTERS, Filter};
use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunFile {
    /// Where requests can go, by the names that routes use.
    #[serde(default)]
    pub(crate) upstreams: BTreeMap<String, Upstream>,
    /// The filters of every route, in the order in which requests pass them. Those of a route come
    /// after them.
    #[serde(default)]
    pub(crate) filters: Vec<Attached>,
    /// The routes. The most specific one that matches is taken, as in Gateway API: the exact path,
    /// else the longest prefix, and of those the one that lists methods.
    pub(crate) routes: Vec<Route>,
    /// Requests to try, and what each shows.
    #[serde(default)]
    pub(crate) tries: Vec<Try>,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Upstream {
    /// `host:port`, HTTP/1.1 without TLS.
    Address(String),
    /// A server that comes with this command.
    Example(Example),
}

/// A server that comes with this command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Example {
    /// An API of orders in the versions v1 and v2.
    Orders,
}

/// One instance of a filter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Attached {
    /// What Envoy calls it; the filter's name where absent.
    pub(crate) name: Option<String>,
    /// The filter's name in the catalogue.
    pub(crate) filter: String,
    /// Its config; `{}` where absent.
    #[serde(default = "empty")]
    pub(crate) config: Value,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Which requests go where. It has `prefix` or `path`, and `upstream` or `directResponse`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Route {
    /// Paths at or below this one, by whole segments.
    pub(crate) prefix: Option<String>,
    /// This path alone.
    pub(crate) path: Option<String>,
    /// Only requests with one of these methods; all where absent.
    pub(crate) methods: Option<Vec<String>>,
    /// The upstream that answers.
    pub(crate) upstream: Option<String>,
    /// What Envoy answers itself.
    pub(crate) direct_response: Option<DirectResponse>,
    /// The filters of this route alone, after those of all routes.
    #[serde(default)]
    pub(crate) filters: Vec<Attached>,
}

/// An answer of Envoy's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DirectResponse {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) body: String,
}

/// A request, what it shows and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Try {
    /// What it shows, as a sentence.
    pub(crate) shows: String,
    pub(crate) request: TryRequest,
    pub(crate) expect: TryExpect,
}

/// What is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TryRequest {
    /// `GET` where absent.
    #[serde(default = "get")]
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What must come back. Nothing else is looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TryExpect {
    pub(crate) status: u16,
    /// Each header's values joined by `, `; `null` for one that must not be there.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    /// Texts that the body holds.
    #[serde(default)]
    pub(crate) body_contains: Vec<String>,
    /// Texts that it does not hold.
    #[serde(default)]
    pub(crate) body_lacks: Vec<String>,
}

impl RunFile {
    /// Finds what is wrong beyond the shape, but for the configs of the filters.
    pub(crate) fn check(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        let upstreams = Path::ROOT.key("upstreams");
        for (name, upstream) in &self.upstreams {
            errors.extend(upstream.check(&upstreams.key(name)).err());
        }
        let filters = Path::ROOT.key("filters");
        for (i, attached) in self.filters.iter().enumerate() {
            errors.extend(attached.check(&filters.index(i)).err());
        }
        let routes = Path::ROOT.key("routes");
        if self.routes.is_empty() {
            errors.push(ConfigErrors::new(&routes, "at least one route", "[]"));
        }
        for (i, route) in self.routes.iter().enumerate() {
            errors.extend(route.check(&routes.index(i), &self.upstreams));
        }
        let tries = Path::ROOT.key("tries");
        for (i, attempt) in self.tries.iter().enumerate() {
            let path = &attempt.request.path;
            if !path.starts_with('/') {
                let (of_try, expected) = (tries.index(i), "a path that begins with `/`");
                let request = of_try.key("request");
                errors.push(ConfigErrors::new(
                    &request.key("path"),
                    expected,
                    quoted(path),
                ));
            }
        }
        ConfigErrors::collect(errors)
    }
}

impl Upstream {
    /// Host and port of an address.
    pub(crate) fn host_and_port(address: &str) -> Option<(&str, u16)> {
        let (host, port) = address.rsplit_once(':')?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then_some((host, port))
    }

    fn check(&self, here: &Path<'_>) -> Result<(), ConfigErrors> {
        match self {
            Self::Address(address) if Self::host_and_port(address).is_none() => {
                let expected = "host:port, as \"127.0.0.1:8080\"";
                Err(ConfigErrors::new(
                    &here.key("address"),
                    expected,
                    quoted(address),
                ))
            }
            Self::Address(_) | Self::Example(Example::Orders) => Ok(()),
        }
    }
}

impl Attached {
    fn check(&self, here: &Path<'_>) -> Result<(), ConfigErrors> {
        if Filter::find(&self.filter).is_some() {
            return Ok(());
        }
        let names: Vec<_> = FILTERS.iter().map(|filter| filter.name).collect();
        let expected = format!("a filter of the catalogue: {}", names.join(", "));
        Err(ConfigErrors::new(
            &here.key("filter"),
            expected,
            quoted(&self.filter),
        ))
    }
}

impl Route {
    fn check(&self, here: &Path<'_>, upstreams: &BTreeMap<String, Upstream>) -> Vec<ConfigErrors> {
        let mut errors = Vec::new();
        match (&self.prefix, &self.path) {
            (Some(path), None) | (None, Some(path)) if path.starts_with('/') => {}
            (Some(path), None) | (None, Some(path)) => {
                let key = if self.prefix.is_some() {
                    "prefix"
                } else {
                    "path"
                };
                let expected = "a path that begins with `/`";
                errors.push(ConfigErrors::new(&here.key(key), expected, quoted(path)));
            }
            _ => errors.push(either(here, "prefix", "path", self.prefix.is_some())),
        }
        match (&self.upstream, &self.direct_response) {
            (None, Some(_)) => {}
            (Some(name), None) if upstreams.contains_key(name) => {}
            (Some(name), None) => {
                let names: Vec<_> = upstreams.keys().map(String::as_str).collect();
                let expected = format!("one of `upstreams`: {}", names.join(", "));
                errors.push(ConfigErrors::new(
                    &here.key("upstream"),
                    expected,
                    quoted(name),
                ));
            }
            _ => errors.push(either(
                here,
                "upstream",
                "directResponse",
                self.upstream.is_some(),
            )),
        }
        if self.methods.as_ref().is_some_and(Vec::is_empty) {
            let expected = "at least one method, or no `methods` for all of them";
            errors.push(ConfigErrors::new(&here.key("methods"), expected, "[]"));
        }
        let filters = here.key("filters");
        for (i, attached) in self.filters.iter().enumerate() {
            errors.extend(attached.check(&filters.index(i)).err());
        }
        errors
    }

    /// What it matches, as a person says it: `GET, POST /orders`.
    pub(crate) fn title(&self) -> String {
        let path = match (&self.path, self.prefix.as_deref()) {
            (Some(path), _) => path.clone(),
            (None, prefix) => format!("{}*", prefix.unwrap_or_default()),
        };
        match &self.methods {
            None => path,
            Some(methods) => format!("{} {path}", methods.join(", ")),
        }
    }
}

fn either(here: &Path<'_>, one: &str, other: &str, both: bool) -> ConfigErrors {
    let found = if both { "both" } else { "neither" };
    ConfigErrors::new(here, format!("either `{one}` or `{other}`"), found)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
