//! A running Envoy with all that belongs to it.

use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow};
use hachure_envoy::{Binary, Error, Process};
use tempfile::TempDir;

use super::Options;
use crate::catalogue::Catalogue;
use crate::output;
use crate::run::bootstrap;
use crate::run::logs::Logs;
use crate::run::plan::Plan;
use crate::run::upstreams;

/// Envoy, its logs, and the folder of its files, which goes with it.
pub(super) struct Session {
    pub(super) process: Process,
    /// Where it serves.
    pub(super) address: SocketAddr,
    pub(super) folder: TempDir,
    logs: Logs,
}

impl Session {
    /// Starts the example upstreams and Envoy, and waits until it serves.
    pub(super) fn start(options: &Options, plan: &Plan, catalogue: &Catalogue) -> Result<Self> {
        let modules = plan.modules(&options.modules)?;
        let binary = Binary::find(options.envoy.as_deref()).map_err(no_envoy)?;
        let folder = tempfile::Builder::new().prefix("hachure-").tempdir();
        let folder = folder.context("a folder for Envoy's config and log")?;
        let logs = Logs::open(folder.path(), options.verbose, !options.check)?;
        let surroundings = bootstrap::Surroundings {
            modules: modules
                .into_iter()
                .map(|(name, file)| (name, file.into()))
                .collect(),
            upstreams: upstreams::of(plan)?,
            access_log: logs.access_log(),
            port: options.port,
            admin_port: options.admin_port,
        };
        let config = bootstrap::of(plan, &surroundings, catalogue)?;
        output::print(&format!("starting Envoy {} ...\n", binary.version()))?;
        let envoy = hachure_envoy::Options::new(folder.path());
        let process = match Process::start(&binary, &config, &envoy) {
            Ok(process) => process,
            Err(error) => {
                logs.close();
                return Err(error.into());
            }
        };
        let address = process.address(bootstrap::LISTENER);
        let address = address.context("Envoy has no listener")?;
        Ok(Self {
            process,
            address,
            folder,
            logs,
        })
    }

    /// Ends Envoy and prints what is left of its logs.
    pub(super) fn end(self) {
        self.process.stop();
        self.logs.close();
    }
}

fn no_envoy(error: Error) -> anyhow::Error {
    match error {
        Error::Absent => anyhow!("{error}; in a clone of the repository `make demo` fetches one"),
        // What another program says of itself can be long.
        error => anyhow!("{}", error.to_string().lines().next().unwrap_or_default()),
    }
}
