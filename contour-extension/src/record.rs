//! `contour-extension record`: what Contour says, into files.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::xds::contour::{CLUSTERS, Contour, LISTENERS, ROUTES};
use crate::xds::tls::Identity;

/// How long Contour may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What `record` is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Contour's own xDS server
    #[arg(long, value_name = "HOST:PORT")]
    contour: String,
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

/// Writes listeners, routes and clusters, each into a file of its name.
///
/// # Errors
/// Contour does not answer, or a file cannot be written.
pub async fn run(options: Options) -> Result<()> {
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
        let mut known = contour.follow(kind, |_| ());
        let answered = known.wait_for(Option::is_some);
        let snapshot = tokio::time::timeout(LIMIT, answered).await;
        let snapshot = snapshot.context("Contour does not answer")??.clone();
        let folder = options.into.join(folder);
        std::fs::create_dir_all(&folder)?;
        for (name, bytes) in snapshot.iter().flat_map(|snapshot| &snapshot.resources) {
            std::fs::write(folder.join(name.replace('/', "_")), bytes)?;
        }
    }
    Ok(())
}
