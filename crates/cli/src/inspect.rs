//! `hachure inspect`: what a running Envoy does with which requests, and what is wrong with it.

mod dump;
mod engine;
mod manager;
mod matching;
mod ours;
mod problems;
mod report;
mod request;
mod routes;

use anyhow::{Context, Result};
use hachure_envoy::Admin;

use crate::catalogue::Catalogue;
use crate::output::Format;

use dump::Dump;
use request::Request;

/// Show which filters a running Envoy runs on which route, and what is wrong
///
/// Reads Envoy's admin interface and changes nothing. Prints each filter of the catalogue with its
/// module, a hash of its config and its counters, each route with the filters that its requests meet
/// in their order, and what is wrong. With METHOD and URL also the route that such a request takes,
/// told by the configuration's own matchers: headers and whatever else a URL does not hold count as
/// absent, and what cannot be told is said. Ends with 1 if something is wrong.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hachure inspect --admin http://127.0.0.1:9901
  hachure inspect --admin unix:/admin/admin.sock GET https://api.example.com/v1/orders
  kubectl port-forward deploy/envoy 19000 & hachure inspect --admin http://127.0.0.1:19000 --output json")]
pub(crate) struct Options {
    /// Envoy's admin interface: http://host:port or unix:/path
    #[arg(long, value_name = "URL")]
    admin: String,
    /// The method of a request
    #[arg(value_name = "METHOD", requires = "url")]
    method: Option<String>,
    /// Its URL, as the client writes it
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// Asks and prints. Whether nothing is wrong.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    let request = match (&options.method, &options.url) {
        (Some(method), Some(url)) => Some(Request::read(method, url)?),
        _ => None,
    };
    let admin = Admin::reach(&options.admin)?;
    let asked = || format!("asking {}", options.admin);
    let dump = Dump::of(
        admin.json("/server_info", &[]).with_context(asked)?,
        admin
            .json("/config_dump", &[("include_eds", "")])
            .with_context(asked)?,
        admin.stats(r"^wasm").with_context(asked)?,
    );
    let report = report::Report::of(&dump, request.as_ref(), &catalogue);
    report.print(options.output)?;
    Ok(!report.is_wrong())
}
