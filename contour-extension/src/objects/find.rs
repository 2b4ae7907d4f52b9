//! Objects by what one knows of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::objects::{Labels, Listener, Name, Objects, Of};
use crate::policy::TargetKind;
use crate::splice::Owner;

impl Objects {
    /// The objects of a kind in a namespace, with their labels.
    pub(crate) fn labelled<'o>(
        &'o self,
        kind: TargetKind,
        namespace: &'o str,
    ) -> Box<dyn Iterator<Item = (&'o Name, &'o Labels)> + 'o> {
        let here = move |(name, _): &(&Name, &Labels)| name.namespace == namespace;
        match kind {
            TargetKind::HTTPProxy => {
                Box::new(with(&self.proxies, |proxy| &proxy.labels).filter(here))
            }
            TargetKind::Gateway => {
                Box::new(with(&self.gateways, |gateway| &gateway.labels).filter(here))
            }
            TargetKind::HTTPRoute => {
                Box::new(with(&self.http_routes, |labels| labels).filter(here))
            }
            TargetKind::GRPCRoute => {
                Box::new(with(&self.grpc_routes, |labels| labels).filter(here))
            }
            TargetKind::Ingress => Box::new(with(&self.ingresses, |labels| labels).filter(here)),
        }
    }

    /// Whether there is an object that Contour makes routes of.
    pub(crate) fn has(&self, kind: &str, name: &Name) -> bool {
        match kind {
            "HTTPProxy" => self.proxies.contains_key(name),
            "HTTPRoute" => self.http_routes.contains_key(name),
            "GRPCRoute" => self.grpc_routes.contains_key(name),
            "Ingress" => self.ingresses.contains_key(name),
            _ => false,
        }
    }

    /// These objects, and of those that were there before the ones of which Contour still has
    /// routes: it has not noticed yet, or is away.
    pub(crate) fn with_gone(
        self: Arc<Self>,
        before: &Self,
        mentioned: impl Fn(&Owner) -> bool,
    ) -> Arc<Self> {
        let gone = Self {
            proxies: gone("HTTPProxy", &self.proxies, &before.proxies, &mentioned),
            ingresses: gone("Ingress", &self.ingresses, &before.ingresses, &mentioned),
            http_routes: gone(
                "HTTPRoute",
                &self.http_routes,
                &before.http_routes,
                &mentioned,
            ),
            grpc_routes: gone(
                "GRPCRoute",
                &self.grpc_routes,
                &before.grpc_routes,
                &mentioned,
            ),
            gateways: Arc::clone(&self.gateways),
        };
        if gone == *self { self } else { Arc::new(gone) }
    }
}

fn with<T>(
    objects: &Of<T>,
    labels: impl Fn(&T) -> &Labels,
) -> impl Iterator<Item = (&Name, &Labels)> {
    objects
        .iter()
        .map(move |(name, object)| (name, labels(object)))
}

fn gone<T>(kind: &str, now: &Of<T>, before: &Of<T>, mentioned: impl Fn(&Owner) -> bool) -> Of<T> {
    if Arc::ptr_eq(now, before) {
        return Arc::clone(now);
    }
    let gone = before.iter().filter(|(name, _)| {
        !now.contains_key(*name)
            && mentioned(&Owner {
                kind: kind.to_owned(),
                namespace: name.namespace.clone(),
                name: name.name.clone(),
            })
    });
    let gone: BTreeMap<_, _> = gone
        .map(|(name, object)| (name.clone(), Arc::clone(object)))
        .collect();
    if gone.is_empty() {
        return Arc::clone(now);
    }
    let mut all = BTreeMap::clone(now);
    all.extend(gone);
    Arc::new(all)
}

impl Listener {
    /// Whether it can have HTTP routes.
    pub(crate) fn is_http(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTP" | "HTTPS")
    }

    /// How well a host of a route configuration fits; none where it does not.
    pub(crate) fn fits(&self, host: &str) -> Option<usize> {
        let Some(own) = &self.host else {
            return Some(0);
        };
        match own.strip_prefix('*') {
            Some(end) => host.ends_with(end).then_some(own.len()),
            None => (host == own).then_some(usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listener_that_fits_best() {
        let listener = |host: Option<&str>| Listener {
            host: host.map(Into::into),
            ..Listener::default()
        };
        for (own, host, fits) in [
            (None, "a.example.com", Some(0)),
            (Some("a.example.com"), "a.example.com", Some(usize::MAX)),
            (Some("*.example.com"), "ab.example.com", Some(13)),
            (Some("*.com"), "ab.example.com", Some(5)),
            (Some("*.example.com"), "*.example.com", Some(13)),
            (Some("a.example.com"), "b.example.com", None),
            (Some("*.example.com"), "example.com", None),
            (Some("*.example.com"), "*", None),
        ] {
            assert_eq!(listener(own).fits(host), fits, "{own:?} {host}");
        }
    }

    #[test]
    fn what_is_gone_stays_while_contour_has_routes_of_it() {
        let object = |names: &[&str]| {
            let named = names.iter().map(|name| {
                let name = Name {
                    namespace: "shop".into(),
                    name: (*name).into(),
                };
                (name, Arc::new(Labels::new()))
            });
            Arc::new(Objects {
                ingresses: Arc::new(named.collect()),
                ..Objects::default()
            })
        };
        let before = object(&["a", "b", "c"]);
        let now = object(&["c", "d"]).with_gone(&before, |owner| owner.name == "a");
        assert_eq!(now, object(&["a", "c", "d"]));
        let same = object(&["c"]);
        assert!(Arc::ptr_eq(
            &same,
            &Arc::clone(&same).with_gone(&before, |_| false)
        ));
    }
}
