//! From a file to what is attached.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hachure_envoy::Protocol;
use hachure_render::{Attachment, Instance, Module, Target, Upstream, Verified};
use sha2::{Digest, Sha256};

use crate::run::plan::{self, Plan};
use crate::run_file::{self, Attach, RunFile, Tls};

/// A checked file.
pub(super) struct Loaded {
    pub(super) file: RunFile,
    pub(super) plan: Plan,
    /// Where modules are on this machine.
    pub(super) folder: PathBuf,
}

impl Loaded {
    /// The filters of every route and what they are attached to. `fetched` where the platform
    /// fetches modules.
    pub(super) fn attachment(&self, fetched: bool) -> Result<Attachment> {
        let attach = self.attach()?;
        if self
            .plan
            .routes
            .iter()
            .any(|route| !route.filters.is_empty())
        {
            bail!(
                "a gateway has routes of its own: put the filters of a route into a file whose \
                 `attach` names it"
            );
        }
        let filters = self.plan.everywhere.iter();
        let filters = filters.map(|instance| self.instance(instance, fetched));
        let filters: Vec<_> = filters.collect::<Result<_>>()?;
        if filters.is_empty() {
            bail!("there are no `filters` to attach");
        }
        let targets = attach.targets.iter().map(|target| Target {
            kind: target.kind.into(),
            name: target.name.clone(),
            section: target.section_name.clone(),
        });
        Ok(Attachment {
            name: attach.name.clone(),
            namespace: attach.namespace.clone(),
            targets: targets.collect(),
            upstreams: self.upstreams()?,
            filters,
        })
    }

    fn attach(&self) -> Result<&Attach> {
        let attach = self.file.attach.as_ref();
        attach.context("the file does not say what to attach to: add `attach`")
    }

    /// One filter, with its module where that is fetched and the file says from where.
    pub(super) fn instance(&self, instance: &plan::Instance, fetched: bool) -> Result<Instance> {
        let name = instance.filter.name;
        let modules = self
            .file
            .attach
            .as_ref()
            .and_then(|attach| attach.modules.as_ref());
        let module = modules.filter(|_| fetched).map(|modules| {
            Ok::<_, anyhow::Error>(Module {
                url: modules.url(name),
                sha256: checksum(&self.module(name)?)?,
            })
        });
        Ok(Instance {
            name: instance.name.clone(),
            filter: instance.filter,
            config: instance.config.clone(),
            fail_open: instance.fail_open,
            module: module.transpose()?,
        })
    }

    /// The file of a filter's module on this machine.
    pub(super) fn module(&self, filter: &'static str) -> Result<PathBuf> {
        let modules = self.plan.modules(&self.folder)?;
        modules.get(filter).cloned().context("a module")
    }

    /// The upstreams, none of which is an example: there is no such server elsewhere.
    pub(super) fn upstreams(&self) -> Result<BTreeMap<String, Upstream>> {
        let upstreams = self.plan.upstreams.iter();
        let elsewhere = upstreams.filter_map(|(name, upstream)| {
            let made = of_file(upstream).with_context(|| format!("the upstream {name}"));
            made.transpose().map(|made| Ok((name.clone(), made?)))
        });
        elsewhere.collect()
    }
}

/// Nothing for an example server.
fn of_file(upstream: &run_file::Upstream) -> Result<Option<Upstream>> {
    let at = |address: &str, protocol, tls| {
        let (host, port) = run_file::Upstream::host_and_port(address).context("an address")?;
        Ok(Some(Upstream {
            host: host.to_owned(),
            port,
            protocol,
            tls,
        }))
    };
    match upstream {
        run_file::Upstream::Address(address) => at(address, Protocol::Http1, None),
        run_file::Upstream::Grpc(address) => at(address, Protocol::Http2, None),
        run_file::Upstream::Tls(server) => {
            at(&server.address, Protocol::Http1, Some(verified(server)?))
        }
        run_file::Upstream::Example(_) => Ok(None),
    }
}

fn verified(server: &Tls) -> Result<Verified> {
    let (host, _) = run_file::Upstream::host_and_port(&server.address).context("an address")?;
    let read =
        |file: &PathBuf| fs::read_to_string(file).with_context(|| file.display().to_string());
    Ok(Verified {
        server_name: server.server_name.as_deref().unwrap_or(host).to_owned(),
        authorities: server.authorities.as_ref().map(read).transpose()?,
    })
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(super) fn checksum(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    Ok(Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
