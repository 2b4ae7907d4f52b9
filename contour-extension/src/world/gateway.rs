//! The Gateway that Contour serves, and the policies that it and its listeners have.

use std::collections::{BTreeMap, HashMap};

use crate::attachment::Target;
use crate::objects::{Listener, Name, Objects};
use crate::splice::Host;
use crate::world::reach::Held;

pub(crate) struct Gateway<'a> {
    whole: Option<Held<'a>>,
    /// By the names of listeners.
    sections: BTreeMap<&'a str, Held<'a>>,
    listeners: Option<&'a BTreeMap<String, Listener>>,
}

/// What holds for a virtual host because of the Gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OfGateway<'a> {
    pub(crate) whole: Option<Held<'a>>,
    pub(crate) listener: Option<Held<'a>>,
    /// A listener has a policy, and which one this host belongs to is not known.
    pub(crate) unknown: bool,
}

impl<'a> Gateway<'a> {
    pub(crate) fn new(
        name: &Name,
        objects: &'a Objects,
        by_target: &HashMap<&'a Target, usize>,
    ) -> Self {
        let mut gateway = Self {
            whole: None,
            sections: BTreeMap::new(),
            listeners: objects.gateways.get(name).map(|found| &found.listeners),
        };
        for (target, at) in by_target {
            let owner = &target.owner;
            if owner.kind == "Gateway"
                && owner.name == name.name
                && owner.namespace == name.namespace
            {
                match &target.section {
                    None => gateway.whole = Some((*at, *target)),
                    Some(section) => {
                        gateway.sections.insert(section, (*at, *target));
                    }
                }
            }
        }
        gateway
    }

    /// What holds for a virtual host of the route configuration of that name.
    pub(crate) fn around(&self, config: &str, host: &Host) -> OfGateway<'a> {
        let mut around = OfGateway {
            whole: self.whole,
            ..OfGateway::default()
        };
        if self.sections.is_empty() {
            return around;
        }
        let (Some(port), Some(listeners)) = (port(config), self.listeners) else {
            around.unknown = true;
            return around;
        };
        let of_port = || {
            let listeners = listeners.iter();
            listeners.filter(move |(_, listener)| listener.port == port && listener.is_http())
        };
        if of_port().next().is_none() {
            around.unknown = true;
        }
        let fits = of_port().filter_map(|(name, listener)| {
            let domains = host.domains.iter();
            let best = domains.filter_map(|domain| listener.fits(domain)).max()?;
            Some((best, name))
        });
        let listener = fits.max_by_key(|(best, _)| *best);
        around.listener = listener.and_then(|(_, name)| self.sections.get(name.as_str()).copied());
        around
    }
}

/// The port in the name of a route configuration of a Gateway: `http-80`, `https-443/a.example.com`.
fn port(config: &str) -> Option<u16> {
    let (listener, _) = config.split_once('/').unwrap_or((config, ""));
    let (_, port) = listener.split_once('-')?;
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_listeners() {
        for (name, expected) in [
            ("http-80", Some(80)),
            ("https-443/shop.example.com", Some(443)),
            ("https-8443/fallbackcert", Some(8443)),
            ("ingress_http", None),
            ("https/shop-1.example.com", None),
            ("http-100000", None),
        ] {
            assert_eq!(port(name), expected, "{name}");
        }
    }
}
