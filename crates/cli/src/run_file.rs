//! What a file for `hachure run` and `hachure render` holds: upstreams, filters, routes, requests to
//! try, and what a gateway attaches the filters to.

mod attach;
mod check;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use attach::{Attach, Modules};

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
    /// else the longest prefix, and of those the one that lists methods. A gateway has routes of its
    /// own.
    #[serde(default)]
    pub(crate) routes: Vec<Route>,
    /// What a gateway attaches the filters of every route to.
    pub(crate) attach: Option<Attach>,
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
    /// `host:port`, HTTP/2 without TLS: a gRPC service.
    Grpc(String),
    /// A server that speaks TLS.
    Tls(Tls),
    /// A server that comes with this command.
    Example(Example),
}

/// HTTP/1.1 over TLS to a server whose certificate is verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Tls {
    /// `host:port`.
    pub(crate) address: String,
    /// The name that the certificate must hold; the host where absent.
    pub(crate) server_name: Option<String>,
    /// A file of PEM with the authorities to trust; the system's where absent.
    pub(crate) authorities: Option<PathBuf>,
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
    /// Whether requests pass where it cannot run.
    #[serde(default)]
    pub(crate) fail_open: bool,
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
    /// How often it is sent; what comes back last is compared.
    #[serde(default = "once")]
    pub(crate) times: u8,
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

fn once() -> u8 {
    1
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
}

impl Route {
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
