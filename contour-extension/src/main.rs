//! `contour-extension`: stands between Contour and its Envoys and puts filters into what passes.

use std::io::Write;

use anyhow::Result;
use clap::{Parser, Subcommand};
use hachure_contour_extension::policy::ContourExtensionPolicy;
use hachure_contour_extension::{record, serve};
use kube::CustomResourceExt;

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
    Record(record::Options),
    /// Serves xDS to Envoys in Contour's place
    Serve(Box<serve::Options>),
}

#[tokio::main]
async fn main() -> Result<()> {
    match Command::parse().task {
        Task::Crd => {
            let definition = serde_json::to_string_pretty(&ContourExtensionPolicy::crd())?;
            Ok(std::io::stdout().write_all(format!("{definition}\n").as_bytes())?)
        }
        Task::Record(options) => record::run(options).await,
        Task::Serve(options) => serve::run(*options).await,
    }
}
