//! TLS to an upstream.

use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::Protocol;

/// Whose certificates are trusted.
#[derive(Debug, Clone)]
pub enum Authorities {
    /// Those of a file of PEM on Envoy's machine.
    File(PathBuf),
    /// Those of this PEM.
    Pem(String),
}

/// Where systems keep the authorities that they trust: Debian and Alpine, Red Hat, BSD and macOS.
const OF_SYSTEMS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

impl Authorities {
    /// The authorities that this system trusts; none where no such list is found.
    pub fn of_system() -> Option<Self> {
        let mut files = OF_SYSTEMS.iter().map(PathBuf::from);
        files.find(|file| file.is_file()).map(Self::File)
    }
}

/// Verified TLS: the chain leads to one of the authorities, is valid now, and is for the name.
#[derive(Debug, Clone)]
pub struct Tls {
    authorities: Authorities,
    name: String,
}

impl Tls {
    /// TLS to the server `name`, a DNS name or an address, which the certificate must hold as a
    /// subject alternative name. A DNS name is also sent to the server (SNI; RFC 6066, section 3,
    /// allows no addresses there).
    pub fn new(authorities: Authorities, name: impl Into<String>) -> Self {
        Self {
            authorities,
            name: name.into(),
        }
    }

    /// `envoy.config.core.v3.TransportSocket`.
    pub(crate) fn to_json(&self, protocol: Protocol) -> Value {
        let authorities = match &self.authorities {
            Authorities::File(path) => json!({"filename": path}),
            Authorities::Pem(pem) => json!({"inline_string": pem}),
        };
        let address = self.name.parse::<IpAddr>().is_ok();
        // Without a name to match, Envoy takes any certificate of a trusted authority.
        let name = json!({
            "san_type": if address { "IP_ADDRESS" } else { "DNS" },
            "matcher": {"exact": self.name},
        });
        let alpn = match protocol {
            Protocol::Http1 => "http/1.1",
            Protocol::Http2 => "h2",
        };
        let kind =
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
        json!({
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": kind,
                "sni": if address { "" } else { self.name.as_str() },
                "common_tls_context": {
                    "alpn_protocols": [alpn],
                    "validation_context": {
                        "trusted_ca": authorities,
                        "match_typed_subject_alt_names": [name],
                    },
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_sent_and_checked_and_an_address_is_checked_alone() {
        for (name, sni, kind) in [
            ("id.example.com", "id.example.com", "DNS"),
            ("192.0.2.1", "", "IP_ADDRESS"),
            ("2001:db8::1", "", "IP_ADDRESS"),
        ] {
            let tls = Tls::new(Authorities::File("/ca.pem".into()), name);
            let config = tls.to_json(Protocol::Http2)["typed_config"].take();
            let context = &config["common_tls_context"];
            assert_eq!(config["sni"], sni);
            let names = &context["validation_context"]["match_typed_subject_alt_names"];
            assert_eq!(
                names,
                &json!([{"san_type": kind, "matcher": {"exact": name}}])
            );
            assert_eq!(context["alpn_protocols"], json!(["h2"]));
        }
    }
}
