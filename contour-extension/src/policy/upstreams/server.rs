//! One upstream, resolved: the server that it is.

use hachure_config::{Duration, quoted};

use crate::cluster::{Host, Server, Tls};
use crate::policy::resource::{CaRef, ServiceRef, Upstream};
use crate::policy::upstreams::authorities;
use crate::policy::upstreams::refs::{is_name, of_ca, of_service};
use crate::policy::upstreams::target::{self, Place, Scheme};
use crate::policy::{Problem, Reason};
use crate::references::{Found, Reference, What};
use crate::surroundings::Surroundings;

/// The outer error is one of the policy, the inner one of what it refers to.
pub(super) fn server(
    upstream: &Upstream,
    namespace: &str,
    surroundings: &Surroundings,
) -> Result<Result<Server, Problem>, String> {
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
) -> Result<Result<Place, Problem>, String> {
    let port = u16::try_from(service.port).ok().filter(|port| *port > 0);
    let port = port.ok_or("service.port: expected 1 to 65535")?;
    let reference = of_service(namespace, service);
    if !is_name(&reference.name) {
        return Err("service.name: expected the name of a Service".to_owned());
    }
    let lacks = |message: String| Ok(Err(lacks("BackendNotFound", "service", &message)));
    let found = surroundings.referenced.get(&reference);
    let Some(Found::Service(found)) = found else {
        return Ok(Err(not_found(
            "BackendNotFound",
            "service",
            &reference,
            found,
        )));
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
) -> Result<Result<String, Problem>, String> {
    let reference = of_ca(namespace, ca);
    if !is_name(&reference.name) {
        return Err(format!(
            "ca.name: expected the name of a {}",
            ca.kind.name()
        ));
    }
    let found = surroundings.referenced.get(&reference);
    let reason = "InvalidCACertificateRef";
    Ok(match found {
        Some(Found::Value(pem)) => authorities::certificates(pem).map_err(|why| {
            let called = format!("the {} {namespace}/{}", ca.kind.name(), ca.name);
            let why = format!("{called} has no usable certificates at {}: {why}", ca.key);
            lacks(reason, "ca", &why)
        }),
        found => Err(not_found(reason, "ca", &reference, found)),
    })
}

/// What the field `at` refers to lacks something.
fn lacks(reason: &'static str, at: &str, message: &str) -> Problem {
    Problem::new(Reason::Unresolved(reason), format!("{at}: {message}"))
}

/// The object was not found as it should be, or was not read yet.
fn not_found(
    reason: &'static str,
    at: &str,
    reference: &Reference,
    found: Option<&Found>,
) -> Problem {
    let Reference {
        namespace,
        name,
        what,
    } = reference;
    let (kind, key) = match what {
        What::Service => ("Service", None),
        What::ConfigMap(key) => ("ConfigMap", Some(key)),
        What::Secret(key) => ("Secret", Some(key)),
    };
    let called = format!("the {kind} {namespace}/{name}");
    match (found, key) {
        (Some(Found::NoKey), Some(key)) => lacks(reason, at, &format!("{called} has no key {key}")),
        (Some(Found::Unread(why)), _) => {
            lacks(reason, at, &format!("{called} is not shown: {why}"))
        }
        (Some(_), _) => lacks(
            reason,
            at,
            &format!("there is no {kind} {namespace}/{name}"),
        ),
        (None, _) => {
            let why = format!("{at}: {called} was not read yet");
            Problem::new(Reason::Pending("Pending"), why)
        }
    }
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
