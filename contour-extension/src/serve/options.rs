//! What `serve` is told.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::objects::Name;
use crate::xds::tls::Identity;

/// What `serve` is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where Envoys connect
    #[arg(long, default_value = "0.0.0.0:8001")]
    pub(super) listen: SocketAddr,
    /// Contour's own xDS server
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) contour: String,
    #[command(flatten)]
    certificates: Certificates,
    /// No TLS on either side; only where both sides are addresses of loopback
    #[arg(long, conflicts_with = "Certificates")]
    insecure: bool,
    /// Where /metrics, /healthz and /readyz are answered, over plain HTTP
    #[arg(long, default_value = "0.0.0.0:9090")]
    pub(super) metrics: SocketAddr,
    /// The folder of the catalogue's modules
    #[arg(long, value_name = "FOLDER")]
    pub(super) modules: PathBuf,
    /// A folder that Envoys see under the same path: modules are put there. Without it Envoys ask for
    /// them where they ask for everything else
    #[arg(long, value_name = "FOLDER")]
    pub(super) shared: Option<PathBuf>,
    /// A folder for the modules that are fetched, kept across restarts
    #[arg(long, value_name = "FOLDER")]
    pub(super) store: PathBuf,
    /// The registries and hosts that modules may come from, beside the catalogue: HOST or HOST:PORT,
    /// each just that one
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) allowed_code: Vec<String>,
    /// The namespaces whose policies may be enforced
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) platform_namespaces: Vec<String>,
    /// The Gateway that Contour serves, as in its own configuration
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(super) gateway: Option<Name>,
    /// By default that of the pod, or the usual one
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Certificates {
    /// The authority of Contour's and Envoys' certificates
    #[arg(long, value_name = "FILE", required_unless_present = "insecure")]
    authority: Option<PathBuf>,
    /// Contour's certificate, shown to Envoys
    #[arg(long, value_name = "FILE", required_unless_present = "insecure")]
    server_certificate: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", required_unless_present = "insecure")]
    server_key: Option<PathBuf>,
    /// Envoy's certificate, shown to Contour
    #[arg(long, value_name = "FILE", required_unless_present = "insecure")]
    client_certificate: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", required_unless_present = "insecure")]
    client_key: Option<PathBuf>,
}

impl Options {
    /// Contour's addresses, as they are now, and that of this add-on.
    pub(super) async fn own_addresses(&self) -> Vec<IpAddr> {
        let mut own = vec![self.listen.ip()];
        match tokio::net::lookup_host(&self.contour).await {
            Ok(addresses) => own.extend(addresses.map(|address| address.ip())),
            Err(why) => tracing::warn!(contour = self.contour, "its address is not known: {why}"),
        }
        own
    }

    /// Towards Envoys and towards Contour; none without TLS.
    pub(super) fn identities(&self) -> Result<Option<(Identity, Identity)>> {
        if self.insecure {
            let contour = self
                .contour
                .parse()
                .is_ok_and(|at: SocketAddr| at.ip().is_loopback());
            ensure!(
                contour && self.listen.ip().is_loopback(),
                "--insecure needs addresses of loopback for --listen and --contour: found {} and {}",
                self.listen,
                self.contour
            );
            return Ok(None);
        }
        let given = &self.certificates;
        let identity = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| {
            let identity = Identity {
                authority: given.authority.clone().unwrap_or_default(),
                certificate: certificate.clone().unwrap_or_default(),
                key: key.clone().unwrap_or_default(),
            };
            identity.check().context("the certificates")?;
            anyhow::Ok(identity)
        };
        let server = identity(&given.server_certificate, &given.server_key)?;
        let client = identity(&given.client_certificate, &given.client_key)?;
        Ok(Some((server, client)))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn parsed(more: &[&str]) -> Result<Options, String> {
        let always = ["x", "--modules", "a", "--store", "b"];
        let line = Line::try_parse_from(always.iter().chain(more));
        line.map(|line| line.options).map_err(|why| why.to_string())
    }

    #[test]
    fn without_tls_only_on_loopback() {
        for (listen, contour, right) in [
            ("127.0.0.1:8001", "127.0.0.1:8002", true),
            ("[::1]:8001", "[::1]:8002", true),
            ("0.0.0.0:8001", "127.0.0.1:8002", false),
            ("127.0.0.1:8001", "contour:8001", false),
            ("127.0.0.1:8001", "192.0.2.1:8001", false),
        ] {
            let line = ["--insecure", "--listen", listen, "--contour", contour];
            let identities = parsed(&line).unwrap().identities();
            assert_eq!(
                identities.is_ok_and(|none| none.is_none()),
                right,
                "{listen} {contour}"
            );
        }
    }

    #[test]
    fn certificates_or_none() {
        let contour = ["--contour", "127.0.0.1:8002"];
        let certificates = [
            "--authority",
            "--server-certificate",
            "--server-key",
            "--client-certificate",
            "--client-key",
        ];
        let all = certificates.iter().flat_map(|flag| [*flag, "/none"]);
        let all: Vec<_> = contour.into_iter().chain(all).collect();
        assert!(parsed(&contour).unwrap_err().contains("--authority"));
        let why = parsed(&all).unwrap().identities().unwrap_err();
        assert_eq!(why.to_string(), "the certificates");
        let both: Vec<_> = all.iter().copied().chain(["--insecure"]).collect();
        assert!(parsed(&both).unwrap_err().contains("--insecure"));
    }
}
