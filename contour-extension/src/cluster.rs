//! `Cluster` of an upstream that filters call, as bytes.

use std::net::IpAddr;

use bytes::Bytes;
use hachure_config::Duration;
use sha2::{Digest, Sha256};

use crate::attachment::hex;
use crate::types;
use crate::wire::{any, put, put_number, put_text};

/// `Cluster.DiscoveryType`.
const STATIC: u64 = 0;
const STRICT_DNS: u64 = 1;
/// `Cluster.DnsLookupFamily`: what most clusters route; the other where there is nothing else.
const V4_PREFERRED: u64 = 3;
/// `SubjectAltNameMatcher.SanType`.
const SAN_DNS: u64 = 2;
const SAN_ADDRESS: u64 = 4;
const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
/// Where the images of Envoy, and Debian, keep the authorities that a system trusts.
const AUTHORITIES_OF_SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What stands between the name of an upstream and the digest of what its cluster is.
const SEPARATOR: char = '~';

/// A cluster as Envoy knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// `hachure/<namespace>/<policy>/<upstream>~<digest>`: another server is another cluster, so
    /// that calls in flight end where they began, and what one server said is never that of another.
    pub name: String,
    /// The policy, `<namespace>/<name>`.
    pub policy: String,
    /// Envoy asks DNS before it can be called.
    pub resolves: bool,
    /// `envoy.config.cluster.v3.Cluster`.
    pub message: Bytes,
}

/// The server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it is.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// It speaks HTTP/2, known beforehand.
    pub http2: bool,
    /// How it is verified; without it there is no TLS.
    pub tls: Option<Tls>,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a connection is kept that has nothing to do.
    pub idle: Duration,
}

/// An address or a name that DNS knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A DNS name.
    Name(String),
}

/// Verified TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// What the certificate must be for. A name is sent too (SNI).
    pub name: Host,
    /// The authorities that are trusted, in PEM; those of Envoy's system where it is absent.
    pub authorities: Option<String>,
}

impl Server {
    /// The cluster of an upstream of that name of a policy.
    pub fn cluster(&self, policy: &str, upstream: &str) -> Cluster {
        let of_upstream = format!("hachure/{policy}/{upstream}");
        let digest: String = hex(&Sha256::digest(self.fields("")))
            .chars()
            .take(16)
            .collect();
        let name = format!("{of_upstream}{SEPARATOR}{digest}");
        let mut message = vec![];
        put_text(&mut message, 1, &name);
        put_text(&mut message, 28, &of_upstream);
        message.extend(self.fields(&name));
        Cluster {
            name,
            policy: policy.to_owned(),
            resolves: self.resolves(),
            message: message.into(),
        }
    }

    fn resolves(&self) -> bool {
        matches!(self.host, Host::Name(_))
    }

    /// `Cluster{type=2, connect_timeout=4, dns_lookup_family=17, transport_socket=24,
    /// load_assignment=33, typed_extension_protocol_options=36, respect_dns_ttl=39}`.
    fn fields(&self, name: &str) -> Vec<u8> {
        let mut cluster = vec![];
        put_number(
            &mut cluster,
            2,
            if self.resolves() { STRICT_DNS } else { STATIC },
        );
        put(&mut cluster, 4, &duration(self.connect));
        if self.resolves() {
            put_number(&mut cluster, 17, V4_PREFERRED);
            put_number(&mut cluster, 39, 1);
        }
        if let Some(tls) = &self.tls {
            put(&mut cluster, 24, &tls.socket(self.http2));
        }
        put(&mut cluster, 33, &self.load_assignment(name));
        let mut options = vec![];
        put_text(&mut options, 1, HTTP_OPTIONS);
        let kind = format!("type.googleapis.com/{HTTP_OPTIONS}");
        put(&mut options, 2, &any(&kind, &self.http_options()));
        put(&mut cluster, 36, &options);
        cluster
    }

    /// `ClusterLoadAssignment{cluster_name=1, endpoints=2{lb_endpoints=2{endpoint=1{address=1{
    /// socket_address=1{address=2, port_value=3}}}}}}`.
    fn load_assignment(&self, name: &str) -> Vec<u8> {
        let mut socket = vec![];
        put_text(&mut socket, 2, &self.host.to_string());
        put_number(&mut socket, 3, self.port.into());
        let mut assignment = vec![];
        put_text(&mut assignment, 1, name);
        let endpoint = nested(&[2, 1, 1, 1], socket);
        put(&mut assignment, 2, &endpoint);
        assignment
    }

    /// `HttpProtocolOptions{common_http_protocol_options=1{idle_timeout=1}, explicit_http_config=3{
    /// http_protocol_options=1, http2_protocol_options=2}}`.
    fn http_options(&self) -> Vec<u8> {
        let mut options = vec![];
        put(&mut options, 1, &nested(&[1], duration(self.idle)));
        let version = if self.http2 { 2 } else { 1 };
        put(&mut options, 3, &nested(&[version], vec![]));
        options
    }
}

impl Tls {
    /// `TransportSocket{name=1, typed_config=3}` of `UpstreamTlsContext{common_tls_context=1, sni=2}`.
    fn socket(&self, http2: bool) -> Vec<u8> {
        let mut context = vec![];
        put(&mut context, 1, &self.common(http2));
        // RFC 6066, section 3, allows no addresses there.
        if let Host::Name(name) = &self.name {
            put_text(&mut context, 2, name);
        }
        let mut socket = vec![];
        put_text(&mut socket, 1, "envoy.transport_sockets.tls");
        put(&mut socket, 3, &any(types::UPSTREAM_TLS, &context));
        socket
    }

    /// `CommonTlsContext{validation_context=3{trusted_ca=1{filename=1, inline_string=3},
    /// match_typed_subject_alt_names=15{san_type=1, matcher=2{exact=1}}}, alpn_protocols=4}`.
    fn common(&self, http2: bool) -> Vec<u8> {
        let mut authorities = vec![];
        match &self.authorities {
            Some(pem) => put_text(&mut authorities, 3, pem),
            None => put_text(&mut authorities, 1, AUTHORITIES_OF_SYSTEM),
        }
        let kind = match self.name {
            Host::Address(_) => SAN_ADDRESS,
            Host::Name(_) => SAN_DNS,
        };
        let mut exact = vec![];
        put_text(&mut exact, 1, &self.name.to_string());
        // Without a name to match, Envoy takes any certificate of a trusted authority.
        let mut name = vec![];
        put_number(&mut name, 1, kind);
        put(&mut name, 2, &exact);
        let mut validation = vec![];
        put(&mut validation, 1, &authorities);
        put(&mut validation, 15, &name);
        let mut common = vec![];
        put(&mut common, 3, &validation);
        put_text(&mut common, 4, if http2 { "h2" } else { "http/1.1" });
        common
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The content within fields of these numbers, the outermost first.
fn nested(numbers: &[u32], content: Vec<u8>) -> Vec<u8> {
    numbers.iter().rev().fold(content, |content, number| {
        let mut message = vec![];
        put(&mut message, *number, &content);
        message
    })
}

/// `google.protobuf.Duration{seconds=1, nanos=2}`.
fn duration(duration: Duration) -> Vec<u8> {
    let milliseconds = duration.milliseconds();
    let mut message = vec![];
    put_number(&mut message, 1, milliseconds / 1_000);
    put_number(
        &mut message,
        2,
        (milliseconds % 1_000).saturating_mul(1_000_000),
    );
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    fn server() -> Server {
        Server {
            host: Host::Name("id.example.com".into()),
            port: 443,
            http2: false,
            tls: Some(Tls {
                name: Host::Name("id.example.com".into()),
                authorities: None,
            }),
            connect: Duration::from_seconds(5),
            idle: Duration::from_seconds(60),
        }
    }

    #[test]
    fn another_server_is_another_cluster_and_the_same_is_the_same() {
        let one = server().cluster("shop/orders", "idp");
        assert_eq!(one, server().cluster("shop/orders", "idp"));
        assert!(
            one.name.starts_with("hachure/shop/orders/idp~"),
            "{}",
            one.name
        );
        let name = |change: fn(&mut Server)| {
            let mut server = server();
            change(&mut server);
            server.cluster("shop/orders", "idp").name
        };
        let others = [
            name(|server| server.port = 444),
            name(|server| server.http2 = true),
            name(|server| server.host = Host::Name("other.example.com".into())),
            name(|server| server.tls = None),
            name(|server| server.tls.as_mut().unwrap().authorities = Some("PEM".into())),
            name(|server| server.connect = Duration::from_seconds(1)),
            name(|server| server.idle = Duration::from_seconds(1)),
        ];
        let mut all = std::collections::BTreeSet::from([one.name]);
        for other in others {
            assert!(all.insert(other));
        }
    }

    #[test]
    fn its_message_has_its_name_and_the_name_of_its_statistics() {
        let cluster = server().cluster("shop/orders", "idp");
        assert_eq!(wire::text(&cluster.message, 1), Ok(cluster.name.as_str()));
        assert_eq!(
            wire::text(&cluster.message, 28),
            Ok("hachure/shop/orders/idp")
        );
        let assignment = wire::once(&cluster.message, 33).unwrap().unwrap();
        assert_eq!(wire::text(assignment, 1), Ok(cluster.name.as_str()));
        assert!(cluster.resolves);
    }

    #[test]
    fn an_address_is_verified_and_not_sent() {
        let address = Host::Address([192, 0, 2, 1].into());
        let mut server = server();
        server.host = address.clone();
        server.tls = Some(Tls {
            name: address,
            authorities: Some("PEM".into()),
        });
        let cluster = server.cluster("shop/orders", "idp");
        assert!(!cluster.resolves);
        let socket = wire::once(&cluster.message, 24).unwrap().unwrap();
        let config = wire::once(socket, 3).unwrap().unwrap();
        assert_eq!(wire::text(config, 1), Ok(types::UPSTREAM_TLS));
        let context = wire::once(config, 2).unwrap().unwrap();
        assert_eq!(wire::once(context, 2), Ok(None));
        let common = wire::once(context, 1).unwrap().unwrap();
        let validation = wire::once(common, 3).unwrap().unwrap();
        let authorities = wire::once(validation, 1).unwrap().unwrap();
        assert_eq!(wire::text(authorities, 3), Ok("PEM"));
        let name = wire::once(validation, 15).unwrap().unwrap();
        let matcher = wire::once(name, 2).unwrap().unwrap();
        assert_eq!(wire::text(matcher, 1), Ok("192.0.2.1"));
    }
}
