//! Where requests and the calls of filters go.

use anyhow::{Context, Result};
use hachure_envoy::{Authorities, Cluster, Protocol};

use crate::run::orders;
use crate::run::plan::Plan;
use crate::run_file::{Example, Tls, Upstream};

/// Every upstream of a plan as Envoy knows it. Starts the examples among them.
pub(super) fn of(plan: &Plan) -> Result<Vec<Cluster>> {
    let clusters = plan.upstreams.iter();
    clusters.map(|(name, to)| cluster(name, to)).collect()
}

fn cluster(name: &str, upstream: &Upstream) -> Result<Cluster> {
    match upstream {
        Upstream::Address(address) => at(name, address),
        Upstream::Grpc(address) => Ok(at(name, address)?.protocol(Protocol::Http2)),
        Upstream::Tls(server) => Ok(at(name, &server.address)?.tls(tls(server)?)),
        Upstream::Example(Example::Orders) => {
            let address = orders::start()?;
            Ok(Cluster::new(name, address.ip().to_string(), address.port()))
        }
    }
}

fn at(name: &str, address: &str) -> Result<Cluster> {
    let (host, port) = Upstream::host_and_port(address).context("an address")?;
    Ok(Cluster::new(name, host, port))
}

fn tls(server: &Tls) -> Result<hachure_envoy::Tls> {
    let (host, _) = Upstream::host_and_port(&server.address).context("an address")?;
    let name = server.server_name.as_deref().unwrap_or(host);
    let authorities = match &server.authorities {
        Some(file) => Authorities::File(std::path::absolute(file)?),
        None => Authorities::of_system().with_context(|| {
            format!("no list of authorities on this system: name one for {name} in `authorities`")
        })?,
    };
    Ok(hachure_envoy::Tls::new(authorities, name))
}
