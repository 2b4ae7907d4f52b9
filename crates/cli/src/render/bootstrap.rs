//! Envoy's own configuration, for Envoy alone and for Cilium.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use hachure_catalog::Entry;
use hachure_envoy::{Cluster, Code, Version};
use hachure_render::{Clusters, Document, Upstream, cilium_cluster};
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::render::attachment::{Loaded, checksum};
use crate::run::bootstrap::{self, Surroundings};

/// The ports of what is rendered.
const PORT: u16 = 10000;
const ADMIN_PORT: u16 = 9901;
/// The cluster of the server that has the modules.
const OF_MODULES: &str = "hachure/modules";

/// A bootstrap for plain Envoy, with the file's routes.
pub(super) fn envoy(mut loaded: Loaded, catalogue: &Catalogue) -> Result<Vec<Document>> {
    prepare(&mut loaded, true, Clusters::Same)?;
    let entries = entries(&loaded, catalogue)?;
    let files = files(&loaded)?;
    let bootstrap = of(&loaded, catalogue)?;
    Ok(hachure_render::envoy(bootstrap, &entries, &files))
}

/// An object for Cilium, whose Envoy gets the listener and the clusters.
pub(super) fn cilium(mut loaded: Loaded, catalogue: &Catalogue) -> Result<Vec<Document>> {
    let attachment = loaded.attachment(true)?;
    let named = |name: &str| cilium_cluster(&attachment, name);
    prepare(&mut loaded, false, Clusters::Named(&named))?;
    let bootstrap = of(&loaded, catalogue)?;
    Ok(hachure_render::cilium(&attachment, bootstrap)?)
}

/// Gives every filter its config for the platform.
fn prepare(loaded: &mut Loaded, headers_held: bool, clusters: Clusters<'_>) -> Result<()> {
    if loaded.plan.routes.is_empty() {
        bail!("this platform has no routes but those of the file: add `routes`");
    }
    let instances = loaded.plan.instances();
    let configs = instances.map(|instance| {
        let instance = loaded.instance(instance, false)?;
        Ok(instance.config_for(headers_held, clusters)?)
    });
    let configs: Vec<_> = configs.collect::<Result<_>>()?;
    for (instance, config) in loaded.plan.instances_mut().zip(configs) {
        instance.config = config;
    }
    Ok(())
}

fn of(loaded: &Loaded, catalogue: &Catalogue) -> Result<Value> {
    let upstreams = loaded.upstreams()?;
    let used = loaded
        .plan
        .routes
        .iter()
        .filter_map(|planned| planned.route.upstream.as_ref());
    if let Some(example) = used.into_iter().find(|name| !upstreams.contains_key(*name)) {
        bail!("the upstream {example} is an example server of `hachure run`: give an address");
    }
    let clusters = upstreams
        .iter()
        .map(|(name, upstream)| upstream.cluster(name));
    let mut clusters: Vec<_> = clusters.collect();
    let mut modules = BTreeMap::new();
    for instance in loaded.plan.instances() {
        let name = instance.filter.name;
        let code = match loaded.instance(instance, true)?.module {
            None => Code::File(loaded.module(name)?),
            Some(module) => Code::Remote {
                url: module.url,
                cluster: OF_MODULES.to_owned(),
                sha256: module.sha256,
            },
        };
        modules.insert(name, code);
    }
    if let Some(Code::Remote { url, .. }) = modules.values().next() {
        clusters.push(of_modules(url)?);
    }
    let surroundings = Surroundings {
        modules,
        upstreams: clusters,
        access_log: "/dev/stdout".into(),
        port: PORT,
        admin_port: ADMIN_PORT,
    };
    // What the oldest reads all others read too.
    Ok(bootstrap::of(&loaded.plan, &surroundings, catalogue)?.to_json(Version::OLDEST))
}

/// The cluster of the server of a URL.
fn of_modules(url: &str) -> Result<Cluster> {
    let (scheme, rest) = url.split_once("://").context("a URL")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let port = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match crate::run_file::Upstream::host_and_port(authority) {
        Some((host, port)) => (host, port),
        None => (authority, port),
    };
    let tls = (scheme == "https").then(|| hachure_render::Verified {
        server_name: host.to_owned(),
        authorities: None,
    });
    let upstream = Upstream {
        host: host.to_owned(),
        port,
        protocol: hachure_envoy::Protocol::Http1,
        tls,
    };
    Ok(upstream.cluster(OF_MODULES))
}

/// The checksums of modules that Envoy reads from files, by filter.
fn files(loaded: &Loaded) -> Result<BTreeMap<String, String>> {
    let fetched = loaded
        .file
        .attach
        .as_ref()
        .is_some_and(|attach| attach.modules.is_some());
    let instances = loaded.plan.instances().filter(|_| !fetched);
    let sums = instances.map(|instance| {
        let name = instance.filter.name;
        Ok((name.to_owned(), checksum(&loaded.module(name)?)?))
    });
    sums.collect()
}

/// The entries of the filters, each once.
fn entries(loaded: &Loaded, catalogue: &Catalogue) -> Result<Vec<Entry>> {
    let names = loaded.plan.instances().map(|instance| instance.filter.name);
    let names: std::collections::BTreeSet<_> = names.collect();
    let entry = |name: &str| catalogue.entry(name).cloned().context("a catalogue entry");
    names.into_iter().map(entry).collect()
}
