//! One upstream, resolved: the server that it is.

use hachure_config::{Duration, quoted};

use crate::cluster::{Host, Server, Tls};
use crate::policy::resource::{CaRef, ServiceRef, Upstream};
use crate::policy::unresolved::{Unresolved, object};
use crate::policy::upstreams::authorities;
use crate::policy::upstreams::refs::{is_name, of_ca, of_service};
use crate::policy::upstreams::target::{self, Place, Scheme};
use crate::references::Found;
use crate::surroundings::Surroundings;

/// The outer error is one of the policy, the inner one of what it refers to.
pub(super) fn server(
    upstream: &Upstream,
    namespace: &str,
    surroundings: &Surroundings,
) -> Result<Result<Server, Unresolved>, String> {
    let connect = time(upstream, "connect", (1, 60_000), 5_000)?;
    let idle = time(upstream, "idle", (1_000, 86_400_000), 3_600_000)?;
    let (scheme, place, verified) = match (&upstream.url, &upstream.service) {
        (Some(url), None) => {
            let place = target::parse(url);
            let place = place.ok_or_else(|| {
                format!("url: expected {}, found {}", target::EXPECTED, quoted(url))
            })?;
            let verified = place.host.clone();
            (place.scheme, Ok(place), verified)
        }
        (None, Some(service)) => {
            let scheme = Scheme::find(service.scheme.as_str()).ok_or("service.scheme: unknown")?;
            let place = of_cluster_ip(service, namespace, scheme, surroundings)?;
            (
                scheme,
                place,
                Host::Name(format!("{}.{namespace}.svc", service.name)),
            )
        }
        _ => return Err("url: expected either url or service".to_owned()),
    };
    if upstream.ca.is_some() && !scheme.tls {
        return Err("ca: expected https or grpcs: without TLS nothing is verified".to_owned());
    }
    let authorities = match &upstream.ca {
        Some(ca) => certificates(ca, namespace, surroundings)?.map(Some),
        None => Ok(None),
    };
    let (place, authorities) = match (place, authorities) {
        (Ok(place), Ok(authorities)) => (place, authorities),
        (Err(lacks), _) | (_, Err(lacks)) => return Ok(Err(lacks)),
    };
    if let Some(why) = target::refusal(&place.host, &surroundings.settings.own_addresses) {
        let host = place.host;
        return Err(format!(
            "url: expected a server that is not Envoy's own, found {why}: {host}"
        ));
    }
    Ok(Ok(Server {
        host: place.host,
        port: place.port,
        http2: scheme.http2,
        tls: scheme.tls.then_some(Tls {
            name: verified,
            authorities,
        }),
        connect,
        idle,
    }))
}

fn of_cluster_ip(
    service: &ServiceRef,
    namespace: &str,
    scheme: &'static Scheme,
    surroundings: &Surroundings,
) -> Result<Result<Place, Unresolved>, String> {
    let port = u16::try_from(service.port).ok().filter(|port| *port > 0);
    let port = port.ok_or("service.port: expected 1 to 65535")?;
    let reference = of_service(namespace, service);
    if !is_name(&reference.name) {
        return Err("service.name: expected the name of a Service".to_owned());
    }
    let lacks = |message: String| Ok(Err(Unresolved::new("BackendNotFound", "service", message)));
    let found = surroundings.referenced.get(&reference);
    let Some(Found::Service(found)) = found else {
        return lacks(object(&reference, found));
    };
    let called = format!("the Service {namespace}/{}", service.name);
    if found.external {
        return lacks(format!("{called} is an ExternalName: name its host in url"));
    }
    let Some(address) = found.address else {
        return lacks(format!("{called} has no cluster IP: name its host in url"));
    };
    if !found.ports.contains(&port) {
        return lacks(format!("{called} has no TCP port {port}"));
    }
    Ok(Ok(Place {
        scheme,
        host: Host::Address(address),
        port,
    }))
}

fn certificates(
    ca: &CaRef,
    namespace: &str,
    surroundings: &Surroundings,
) -> Result<Result<String, Unresolved>, String> {
    let reference = of_ca(namespace, ca);
    if !is_name(&reference.name) {
        return Err(format!(
            "ca.name: expected the name of a {}",
            ca.kind.name()
        ));
    }
    let found = surroundings.referenced.get(&reference);
    let lacks = |message| Err(Unresolved::new("InvalidCACertificateRef", "ca", message));
    Ok(match found {
        Some(Found::Value(pem)) => authorities::certificates(pem).or_else(|why| {
            let called = format!("the {} {namespace}/{}", ca.kind.name(), ca.name);
            lacks(format!(
                "{called} has no usable certificates at {}: {why}",
                ca.key
            ))
        }),
        found => lacks(object(&reference, found)),
    })
}

fn time(
    upstream: &Upstream,
    name: &str,
    (least, most): (u64, u64),
    otherwise: u64,
) -> Result<Duration, String> {
    let text = upstream.timeouts.as_ref().and_then(|timeouts| match name {
        "connect" => timeouts.connect.as_deref(),
        _ => timeouts.idle.as_deref(),
    });
    let Some(text) = text else {
        return Ok(Duration::from_milliseconds(otherwise));
    };
    let within = |duration: &Duration| (least..=most).contains(&duration.milliseconds());
    Duration::parse(text).filter(within).ok_or_else(|| {
        let [least, most] = [least, most].map(Duration::from_milliseconds);
        format!(
            "timeouts.{name}: expected {least} to {most}, found {}",
            quoted(text)
        )
    })
}
