//! What is known of Kubernetes beside policies: of each kind the few fields that count.

mod find;
mod follow;
pub(crate) mod pauses;
mod read;
mod watch;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub(crate) use follow::follow;
pub use watch::{Known, watch};

/// The objects of one kind.
pub type Of<T> = Arc<BTreeMap<Name, Arc<T>>>;

/// Labels, for those that select by them.
pub type Labels = BTreeMap<String, String>;

/// An object's namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// All objects that are followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Objects {
    /// `projectcontour.io`.
    pub proxies: Of<Proxy>,
    /// `networking.k8s.io`.
    pub ingresses: Of<Labels>,
    /// `gateway.networking.k8s.io`.
    pub http_routes: Of<Labels>,
    /// `gateway.networking.k8s.io`.
    pub grpc_routes: Of<Labels>,
    /// `gateway.networking.k8s.io`.
    pub gateways: Of<Gateway>,
}

/// An HTTPProxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    /// Its labels.
    pub labels: Labels,
    /// The host that it is the root of.
    pub host: Option<String>,
    /// It has routes of its own.
    pub routes: bool,
    /// It includes others.
    pub includes: bool,
    /// It passes TCP on.
    pub tcp: bool,
}

/// A Gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gateway {
    /// Its labels.
    pub labels: Labels,
    /// Its listeners by their names.
    pub listeners: BTreeMap<String, Listener>,
}

/// A listener of a Gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP`, or another.
    pub protocol: String,
    /// The host that it is for; none means all.
    pub host: Option<String>,
}

impl fmt::Display for Name {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err("expected <namespace>/<name>".to_owned()),
        }
    }
}
