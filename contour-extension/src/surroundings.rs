//! What policies are read against, beside what they say themselves.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::modules::{AllowedCode, Modules};
use crate::objects::{Name, Objects};
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

impl Surroundings {
    /// Whether they are the very same.
    pub(crate) fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.modules, &others.modules)
            && Arc::ptr_eq(&self.objects, &others.objects)
            && Arc::ptr_eq(&self.referenced, &others.referenced)
            && Arc::ptr_eq(&self.settings, &others.settings)
    }
}

/// What whoever runs the add-on has decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The namespaces whose policies may be `enforced`.
    pub platform_namespaces: BTreeSet<String>,
    /// Addresses of Contour's and of this add-on, which filters do not call.
    pub own_addresses: Vec<IpAddr>,
    /// The Gateway that Contour serves.
    pub gateway: Option<Name>,
    /// The registries and hosts that modules may come from, beside the catalogue.
    pub allowed_code: AllowedCode,
}
