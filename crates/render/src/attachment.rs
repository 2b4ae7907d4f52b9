//! What is attached to what.

use std::collections::BTreeMap;

use hachure_catalog::Entry;
use hachure_envoy::{Authorities, Cluster, Protocol, Tls};
use hachure_registry::Filter;
use serde_json::{Value, json};

use crate::{Refusal, named};

/// A list of filters and the objects whose requests go through them.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What the object is called.
    pub name: String,
    /// The namespace of the object and of its targets.
    pub namespace: String,
    /// What it is attached to.
    pub targets: Vec<Target>,
    /// The upstreams of the filters' own, by the names in their configs.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The filters, in the order in which requests meet them.
    pub filters: Vec<Instance>,
}

/// An object whose requests are filtered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// A listener of a Gateway, or a rule of a route.
    pub section: Option<String>,
}

/// A kind of objects that requests pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gateway API.
    Gateway,
    /// Gateway API.
    HttpRoute,
    /// Gateway API.
    GrpcRoute,
    /// Contour's.
    HttpProxy,
    /// Kubernetes'.
    Ingress,
    /// Kubernetes'.
    Service,
}

/// A filter with one config.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Unlike any other's in the list.
    pub name: String,
    /// The filter.
    pub filter: &'static Filter,
    /// Its config.
    pub config: Value,
    /// Whether requests pass where it cannot run.
    pub fail_open: bool,
    /// Where its module comes from.
    pub module: Option<Module>,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What fetches it.
    pub url: String,
    /// The checksum of what is fetched, in hexadecimal digits.
    pub sha256: String,
}

/// How the clusters of upstreams are called.
#[derive(Clone, Copy)]
pub enum Clusters<'f> {
    /// As the config calls them.
    Same,
    /// What makes them tells the filter.
    Declared,
    /// As this says.
    Named(&'f dyn Fn(&str) -> String),
}

/// A server that filters call.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// A DNS name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
    /// How TLS to it is verified; none for a server without TLS.
    pub tls: Option<Verified>,
}

/// Whose certificate is taken.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The name that it holds.
    pub server_name: String,
    /// Who has signed it, as PEM; none for those that the system trusts.
    pub authorities: Option<String>,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::Gateway,
        Kind::HttpRoute,
        Kind::GrpcRoute,
        Kind::HttpProxy,
        Kind::Ingress,
        Kind::Service,
    ];

    /// As Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "Gateway",
            Self::HttpRoute => "HTTPRoute",
            Self::GrpcRoute => "GRPCRoute",
            Self::HttpProxy => "HTTPProxy",
            Self::Ingress => "Ingress",
            Self::Service => "Service",
        }
    }

    /// Its API group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Gateway | Self::HttpRoute | Self::GrpcRoute => "gateway.networking.k8s.io",
            Self::HttpProxy => "projectcontour.io",
            Self::Ingress => "networking.k8s.io",
            Self::Service => "",
        }
    }
}

impl Target {
    /// `HTTPRoute orders`.
    pub fn title(&self) -> String {
        let section = self.section.as_ref();
        let section = section.map_or(String::new(), |name| format!(", section {name}"));
        format!("{} {}{section}", self.kind.name(), self.name)
    }

    /// As an element of `targetRefs`.
    pub(crate) fn reference(&self) -> Value {
        let mut reference =
            json!({"group": self.kind.group(), "kind": self.kind.name(), "name": self.name});
        if let (Some(section), Value::Object(members)) = (&self.section, &mut reference) {
            members.insert("sectionName".to_owned(), json!(section));
        }
        reference
    }
}

impl Attachment {
    /// The targets that a platform attaches to, and what is to be said of the others.
    pub(crate) fn targets_among(
        &self,
        kinds: &[Kind],
        platform: &str,
    ) -> Result<(Vec<&Target>, String), Refusal> {
        let (taken, left): (Vec<_>, Vec<_>) = self
            .targets
            .iter()
            .partition(|target| kinds.contains(&target.kind));
        if taken.is_empty() {
            let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
            return Err(Refusal(format!(
                "{platform} attaches filters to {}, and none of the targets is one",
                names.join(", ")
            )));
        }
        let left = left.iter().map(|target| {
            format!(
                "NOT ATTACHED: {} is no target of a filter for {platform}.\n",
                target.title()
            )
        });
        Ok((taken, left.collect()))
    }

    /// The upstreams that the config of some filter names, under those names.
    pub(crate) fn called(&self) -> Result<BTreeMap<&str, &Upstream>, Refusal> {
        let mut called = BTreeMap::new();
        for instance in &self.filters {
            for name in named::upstreams(instance.filter, &instance.config) {
                let Some((name, upstream)) = self.upstreams.get_key_value(&name) else {
                    return Err(instance.refuse(&format!(
                        "its config names the upstream `{name}`, which `upstreams` does not have"
                    )));
                };
                called.insert(name.as_str(), upstream);
            }
        }
        Ok(called)
    }

    /// Whether some filter's entry says so.
    pub(crate) fn any(&self, is: impl Fn(&Entry) -> bool) -> Result<bool, Refusal> {
        let mut any = false;
        for instance in &self.filters {
            any |= is(&instance.entry()?);
        }
        Ok(any)
    }

    /// The catalogue's entries of the filters.
    pub fn entries(&self) -> Result<Vec<Entry>, Refusal> {
        self.filters.iter().map(Instance::entry).collect()
    }

    pub(crate) fn has(&self, filter: &str) -> bool {
        self.filters
            .iter()
            .any(|instance| instance.filter.name == filter)
    }

    /// The name of the cluster that is made for an upstream: the same as `contour-extension` gives.
    pub(crate) fn cluster_name(&self, upstream: &str) -> String {
        format!("hachure/{}/{}/{upstream}", self.namespace, self.name)
    }
}

impl Instance {
    /// What the catalogue says of the filter.
    pub fn entry(&self) -> Result<Entry, Refusal> {
        let entry = self.filter.entry();
        entry.map_err(|why| Refusal(format!("{}: {why}", self.filter.name)))
    }

    /// A refusal that names this filter.
    pub(crate) fn refuse(&self, why: &str) -> Refusal {
        Refusal(format!("{}: {why}", self.name))
    }

    /// The config with `headersHeld` as the platform has it, and with the cluster of each upstream
    /// that it names.
    ///
    /// # Errors
    /// The filter refuses it so.
    pub fn config_for(&self, headers_held: bool, clusters: Clusters<'_>) -> Result<Value, Refusal> {
        let mut config = self.config.clone();
        let names = named::upstreams(self.filter, &config);
        let Some(members) = config.as_object_mut() else {
            return Err(self.refuse("its config is no object"));
        };
        if named::has_field(self.filter, "headersHeld") {
            members.insert("headersHeld".to_owned(), json!(headers_held));
        }
        if !matches!(clusters, Clusters::Same) && members.contains_key("upstreams") {
            return Err(self.refuse(
                "its config has the key `upstreams`, which the platform's clusters fill: leave it out",
            ));
        }
        if let (Clusters::Named(cluster), false) = (clusters, names.is_empty()) {
            let clusters = names
                .iter()
                .map(|name| (name.clone(), json!(cluster(name))));
            members.insert("upstreams".to_owned(), Value::Object(clusters.collect()));
        }
        let compiled = (self.filter.compile)(config.to_string().as_bytes());
        let compiled = compiled.map_err(|why| {
            self.refuse(&format!(
                "its config cannot be carried out on this platform: {why}"
            ))
        });
        compiled.map(|_| config)
    }

    /// The module, which must have been named.
    pub(crate) fn source(&self, platform: &str) -> Result<&Module, Refusal> {
        self.module.as_ref().ok_or_else(|| {
            self.refuse(&format!(
                "{platform} fetches modules: say under `attach.modules` where they are"
            ))
        })
    }
}

impl Upstream {
    /// The cluster of that name, in an Envoy that runs elsewhere: authorities of the system are those
    /// of its image.
    pub fn cluster(&self, name: &str) -> Cluster {
        /// Where Debian's and Alpine's images have them.
        const OF_IMAGE: &str = "/etc/ssl/certs/ca-certificates.crt";
        let cluster = Cluster::new(name, &self.host, self.port).protocol(self.protocol);
        let Some(tls) = &self.tls else {
            return cluster;
        };
        let authorities = match &tls.authorities {
            Some(pem) => Authorities::Pem(pem.clone()),
            None => Authorities::File(OF_IMAGE.into()),
        };
        cluster.tls(Tls::new(authorities, &tls.server_name))
    }
}
