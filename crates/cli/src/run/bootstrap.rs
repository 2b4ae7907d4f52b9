//! Envoy's config for a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use hachure_envoy::{AccessLog, Bootstrap, Cluster, Code, HttpFilter, Listener, Route, WasmFilter};

use crate::catalogue::Catalogue;
use crate::run::plan::{Instance, Plan, PlannedRoute};

/// The name of the one listener.
pub(crate) const LISTENER: &str = "hachure";

/// What a config has from the machine that it runs on.
pub(crate) struct Surroundings {
    /// The module of each filter.
    pub(crate) modules: BTreeMap<&'static str, Code>,
    /// Where each upstream is.
    pub(crate) upstreams: Vec<Cluster>,
    pub(crate) access_log: PathBuf,
    /// The port to serve on.
    pub(crate) port: u16,
    pub(crate) admin_port: u16,
}

/// The config.
pub(crate) fn of(plan: &Plan, on: &Surroundings, catalogue: &Catalogue) -> Result<Bootstrap> {
    let wasm = |instance: &Instance| {
        let name = instance.filter.name;
        let entry = catalogue.entry(name).context("a catalogue entry")?;
        let module = on.modules.get(name).context("a module")?;
        let code = module.clone();
        let mut wasm = WasmFilter::new(entry, &instance.name, code, instance.config.clone());
        if instance.fail_open {
            wasm = wasm.fail_open();
        }
        Ok::<_, anyhow::Error>(HttpFilter::from(wasm))
    };
    let log = AccessLog::lines(&on.access_log);
    let mut listener = Listener::new(LISTENER).port(on.port).access_log(log);
    for instance in &plan.everywhere {
        listener = listener.filter(wasm(instance)?);
    }
    for planned in &plan.routes {
        for instance in &planned.filters {
            listener = listener.filter(wasm(instance)?.disabled());
        }
        listener = listener.route(route(planned));
    }
    let mut bootstrap = Bootstrap::new()
        .admin_port(on.admin_port)
        .listener(listener);
    for cluster in &on.upstreams {
        bootstrap = bootstrap.cluster(cluster.clone());
    }
    Ok(bootstrap)
}

fn route(PlannedRoute { route, filters }: &PlannedRoute) -> Route {
    let mut to = match (
        &route.path,
        route.prefix.as_deref().map(|p| p.trim_end_matches('/')),
    ) {
        (Some(path), _) => Route::path(path),
        // Envoy knows no segments below the root, and has no need to.
        (None, None | Some("")) => Route::prefix("/"),
        (None, Some(prefix)) => Route::below(prefix),
    };
    if let Some(methods) = &route.methods {
        to = to.methods(methods.iter().map(String::as_str));
    }
    to = match (&route.upstream, &route.direct_response) {
        (Some(upstream), _) => to.to(upstream),
        (None, Some(direct)) => to.direct(direct.status, &direct.body),
        (None, None) => to,
    };
    for instance in filters {
        to = to.enable(&instance.name);
    }
    to.named(route.title())
}
