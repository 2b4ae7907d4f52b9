//! What policies are read against, beside what they say themselves.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::modules::Modules;
use crate::objects::Objects;
use crate::references::Referenced;

/// All of it, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The modules of filters.
    pub modules: Arc<Modules>,
    /// The objects of the cluster.
    pub objects: Arc<Objects>,
    /// What policies refer to one by one.
    pub referenced: Arc<Referenced>,
    /// What whoever runs the add-on has decided.
    pub settings: Arc<Settings>,
}

/// What whoever runs the add-on has decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The namespaces whose policies may be `enforced`.
    pub platform_namespaces: BTreeSet<String>,
    /// Addresses of Contour's and of this add-on, which filters do not call.
    pub own_addresses: Vec<IpAddr>,
}
