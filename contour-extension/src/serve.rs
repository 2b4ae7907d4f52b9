//! `contour-extension serve`: the parts, and how they are put together.

mod options;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::control::Control;
use crate::health::{self, Ready};
use crate::leader::Candidate;
use crate::metrics::Metrics;
use crate::modules::{AllowedCode, Catalogue, Keeper, Shelf, Store};
use crate::objects;
use crate::policy::{self, Policies, Writer};
use crate::references::References;
use crate::stop::Stop;
use crate::surroundings::{Settings, Surroundings};
use crate::xds::contour::{CLUSTERS, Contour, Kind, Known, LISTENERS, ROUTES};
use crate::xds::server::{Server, Worlds};
pub use options::Options;

/// How long streams may take to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Serves until it is asked to end.
///
/// # Errors
/// The options are wrong, or something that they name is not there.
pub async fn run(options: Options) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    let stop = Stop::on_signal()?;
    let (server, client) = options.identities()?.unzip();
    let shelf = match &options.shared {
        Some(folder) => Shelf::shared(folder)?,
        None => Shelf::default(),
    };
    let catalogue = Catalogue::read(&options.modules, &shelf).context("the modules")?;
    let allowed = AllowedCode::read(&options.allowed_code);
    let allowed = allowed.map_err(|why| anyhow::anyhow!("--allowed-code: {why}"))?;
    let surroundings = Surroundings {
        settings: Arc::new(Settings {
            platform_namespaces: options.platform_namespaces.iter().cloned().collect(),
            own_addresses: options.own_addresses().await,
            gateway: options.gateway.clone(),
            allowed_code: allowed.clone(),
        }),
        ..Surroundings::default()
    };
    let metrics = Arc::new(Metrics::default());
    let observed = bind(options.metrics).await?;
    let listener = bind(options.listen).await?;
    let kubernetes = kubernetes(&options).await?;
    let keeper = Keeper {
        catalogue: Arc::new(catalogue),
        store: Store::open(&options.store)?,
        shelf: shelf.clone(),
        allowed,
        client: kubernetes.clone(),
    };
    let (wanted, modules) = keeper.run();

    let contour = Contour::at(options.contour.clone(), client);
    let follow = |kind: Kind, name: &'static str| {
        let metrics = Arc::clone(&metrics);
        metrics.contour(name, false);
        contour.follow(kind, move |connected| metrics.contour(name, connected))
    };
    let (listeners, routes) = (follow(LISTENERS, "listeners"), follow(ROUTES, "routes"));
    let clusters = follow(CLUSTERS, "clusters");
    let policies = policy::watch(kubernetes.clone());
    let objects = objects::watch(&kubernetes);
    let references = References::follow(kubernetes.clone());
    let (worlds, served) = watch::channel(None);
    let of_contour = [&listeners, &routes, &clusters].map(Known::clone);
    let ready = ready(of_contour, &policies, &objects, &served, &stop);
    tokio::spawn(health::serve(observed, Arc::clone(&metrics), ready));
    let identity = identity(&options);
    let (candidate, leading) =
        Candidate::new(kubernetes.clone(), identity.clone(), Arc::clone(&metrics));
    let election = tokio::spawn(candidate.run(stop.clone()));
    let (news, told) = mpsc::unbounded_channel();
    tokio::spawn(Writer::new(kubernetes, identity).run(told, leading));
    let (reports, answers) = mpsc::unbounded_channel();
    let control = Control {
        listeners,
        routes,
        policies,
        objects,
        references,
        wanted,
        modules,
        surroundings,
        worlds,
        reports: answers,
        news,
        metrics,
    };
    tokio::spawn(control.run());
    tracing::info!(listen = %options.listen, contour = options.contour, "serving");
    let serving = Server::new(contour, clusters, served, reports, shelf, stop.clone());
    let serving = serving.serve(listener, server);
    let patience = async {
        stop.asked().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        served = serving => served?,
        () = patience => tracing::warn!("streams are cut off"),
    }
    // The Lease is given back.
    Ok(election.await?)
}

/// Tells this replica from others: the name of its pod, and where it serves.
fn identity(options: &Options) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}/{}", name.trim(), options.listen)
}

/// Ready is who serves: Contour has answered, everything of Kubernetes was read once, and no end is
/// near.
fn ready(
    of_contour: [Known; 3],
    policies: &Policies,
    objects: &objects::Known,
    served: &Worlds,
    stop: &Stop,
) -> Ready {
    let (policies, objects) = (policies.clone(), objects.clone());
    let (served, stop) = (served.clone(), stop.clone());
    Arc::new(move || {
        if stop.is_asked() {
            Err("stopping")
        } else if of_contour.iter().any(|known| known.borrow().is_none()) {
            Err("Contour has not answered yet")
        } else if policies.borrow().is_none() {
            Err("the policies are not read yet")
        } else if objects.borrow().is_none() {
            Err("the objects that policies are for are not read yet")
        } else if served.borrow().is_none() {
            Err("nothing is translated yet")
        } else {
            Ok(())
        }
    })
}

async fn bind(address: std::net::SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| address.to_string())
}

async fn kubernetes(options: &Options) -> Result<Client> {
    let config = match &options.kubeconfig {
        Some(file) => {
            let read = Kubeconfig::read_from(file).with_context(|| file.display().to_string())?;
            Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?
        }
        None => Config::infer().await?,
    };
    Ok(Client::try_from(config)?)
}
