//! What upstreams refer to.

use std::collections::BTreeSet;

use kube::ResourceExt;

use crate::policy::resource::{CaKind, CaRef, ContourExtensionPolicy, ServiceRef};
use crate::references::{Reference, What};

/// What the upstreams of a policy refer to.
pub(crate) fn references(policy: &ContourExtensionPolicy) -> BTreeSet<Reference> {
    let namespace = policy.namespace().unwrap_or_default();
    let upstreams = policy.spec.upstreams.iter();
    let references = upstreams.flat_map(|upstream| {
        let service = upstream
            .service
            .as_ref()
            .map(|service| of_service(&namespace, service));
        let ca = upstream.ca.as_ref().map(|ca| of_ca(&namespace, ca));
        service.into_iter().chain(ca)
    });
    references
        .filter(|reference| is_name(&reference.name))
        .collect()
}

pub(super) fn of_service(namespace: &str, service: &ServiceRef) -> Reference {
    Reference {
        namespace: namespace.to_owned(),
        name: service.name.clone(),
        what: What::Service,
    }
}

pub(super) fn of_ca(namespace: &str, ca: &CaRef) -> Reference {
    Reference {
        namespace: namespace.to_owned(),
        name: ca.name.clone(),
        what: match ca.kind {
            CaKind::ConfigMap => What::ConfigMap(ca.key.clone()),
            CaKind::Secret => What::Secret(ca.key.clone()),
        },
    }
}

/// A DNS subdomain (RFC 1123): what an object can be called, and no more than that in a request.
pub(super) fn is_name(name: &str) -> bool {
    let is_inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let ends = [name.bytes().next(), name.bytes().next_back()];
    name.bytes().all(is_inner)
        && ends
            .iter()
            .all(|byte| byte.is_some_and(|byte| byte.is_ascii_alphanumeric()))
}
