//! `contour-extension`: stands between Contour and its Envoys and puts filters into what passes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use hachure_contour_extension::control::Control;
use hachure_contour_extension::modules::Modules;
use hachure_contour_extension::objects;
use hachure_contour_extension::policy::{self, ContourExtensionPolicy};
use hachure_contour_extension::references::References;
use hachure_contour_extension::surroundings::{Settings, Surroundings};
use hachure_contour_extension::xds::contour::{CLUSTERS, Contour, LISTENERS, ROUTES};
use hachure_contour_extension::xds::server::Server;
use hachure_contour_extension::xds::tls::Identity;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, CustomResourceExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// How long Contour may take for what is recorded.
const ANSWER_LIMIT: std::time::Duration = std::time::Duration::from_secs(30);

#[derive(Parser)]
#[command(version, about = "Filters on stock Contour")]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Prints the definition of ContourExtensionPolicy
    Crd,
    /// Writes the listeners, routes and clusters that Contour serves now into files, byte for byte
    Record(Record),
    /// Serves xDS to Envoys in Contour's place
    Serve(Box<Serve>),
}

#[derive(clap::Args)]
struct Record {
    /// Contour's own xDS server
    #[arg(long)]
    contour: SocketAddr,
    /// The authority of Contour's and Envoys' certificates
    #[arg(long, value_name = "FILE")]
    authority: PathBuf,
    /// Envoy's certificate, shown to Contour
    #[arg(long, value_name = "FILE")]
    client_certificate: PathBuf,
    /// Its key
    #[arg(long, value_name = "FILE")]
    client_key: PathBuf,
    /// The folder, which is made
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
}

#[derive(clap::Args)]
struct Serve {
    /// Where Envoys connect
    #[arg(long, default_value = "0.0.0.0:8001")]
    listen: SocketAddr,
    /// Contour's own xDS server
    #[arg(long)]
    contour: SocketAddr,
    /// The authority of Contour's and Envoys' certificates
    #[arg(long, value_name = "FILE")]
    authority: PathBuf,
    /// Contour's certificate, shown to Envoys
    #[arg(long, value_name = "FILE")]
    server_certificate: PathBuf,
    /// Its key
    #[arg(long, value_name = "FILE")]
    server_key: PathBuf,
    /// Envoy's certificate, shown to Contour
    #[arg(long, value_name = "FILE")]
    client_certificate: PathBuf,
    /// Its key
    #[arg(long, value_name = "FILE")]
    client_key: PathBuf,
    /// The folder of the catalogue's modules
    #[arg(long, value_name = "FOLDER")]
    modules: PathBuf,
    /// A folder that Envoys see under the same path: modules are put there
    #[arg(long, value_name = "FOLDER")]
    shared: PathBuf,
    /// The namespaces whose policies may be enforced
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    platform_namespaces: Vec<String>,
    /// By default that of the pod, or the usual one
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Command::parse().task {
        Task::Crd => {
            let definition = serde_json::to_string_pretty(&ContourExtensionPolicy::crd())?;
            Ok(std::io::Write::write_all(
                &mut std::io::stdout(),
                format!("{definition}\n").as_bytes(),
            )?)
        }
        Task::Record(options) => record(options).await,
        Task::Serve(options) => serve(*options).await,
    }
}

async fn record(options: Record) -> Result<()> {
    let identity = Identity {
        authority: options.authority,
        certificate: options.client_certificate,
        key: options.client_key,
    };
    let contour = Contour::at(options.contour, Some(identity));
    let kinds = [
        ("listeners", LISTENERS),
        ("routes", ROUTES),
        ("clusters", CLUSTERS),
    ];
    for (folder, kind) in kinds {
        let mut known = contour.follow(kind);
        let answered = known.wait_for(Option::is_some);
        let snapshot = tokio::time::timeout(ANSWER_LIMIT, answered).await;
        let snapshot = snapshot.context("Contour does not answer")??.clone();
        let folder = options.into.join(folder);
        std::fs::create_dir_all(&folder)?;
        for (name, bytes) in snapshot.iter().flat_map(|snapshot| &snapshot.resources) {
            std::fs::write(folder.join(name.replace('/', "_")), bytes)?;
        }
    }
    Ok(())
}

async fn serve(options: Serve) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    let server = Identity {
        authority: options.authority.clone(),
        certificate: options.server_certificate,
        key: options.server_key,
    };
    let client = Identity {
        authority: options.authority,
        certificate: options.client_certificate,
        key: options.client_key,
    };
    for identity in [&server, &client] {
        identity.check().context("the certificates")?;
    }
    let modules = Modules::share(&options.modules, &options.shared).context("the modules")?;
    let surroundings = Surroundings {
        modules: Arc::new(modules),
        settings: Arc::new(Settings {
            platform_namespaces: options.platform_namespaces.into_iter().collect(),
            own_addresses: vec![options.contour.ip(), options.listen.ip()],
        }),
        ..Surroundings::default()
    };
    let kubernetes = kubernetes(options.kubeconfig).await?;
    let contour = Contour::at(options.contour, Some(client));
    let (worlds, served) = watch::channel(None);
    let (reports, answers) = mpsc::unbounded_channel();
    let control = Control {
        listeners: contour.follow(LISTENERS),
        routes: contour.follow(ROUTES),
        policies: policy::watch(kubernetes.clone()),
        objects: objects::watch(&kubernetes),
        references: References::follow(kubernetes.clone()),
        surroundings,
        worlds,
        reports: answers,
        client: kubernetes,
    };
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.with_context(|| options.listen.to_string())?;
    tracing::info!(listen = %options.listen, contour = %options.contour, "serving");
    tokio::spawn(control.run());
    let serving = Server::new(contour, served, reports).serve(listener, server);
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        served = serving => served,
        _ = end.recv() => Ok(()),
    }
}

async fn kubernetes(kubeconfig: Option<PathBuf>) -> Result<Client> {
    let config = match kubeconfig {
        Some(file) => {
            let read = Kubeconfig::read_from(&file).with_context(|| file.display().to_string())?;
            kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?
        }
        None => kube::Config::infer().await?,
    };
    Ok(Client::try_from(config)?)
}
