//! `hachure try`: the requests of files for `hachure run`, at a gateway that runs already; and the
//! example API by itself.

use std::net::SocketAddr;

use anyhow::{Result, bail};

use crate::catalogue::Catalogue;
use crate::output;
use crate::run::plan::Plan;
use crate::run::{attempt, checked, listing, orders, stop_signal, wait};

/// Send the requests of run files to a gateway that runs already
///
/// Prints the `tries` of files for `hachure run` as curl lines for that address, or sends them. The
/// gateway has the filters of the files on a route of every host.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Whose requests
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Where the gateway serves plain HTTP, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    address: SocketAddr,
    /// Send them, print what came of each, and end with 0 or 1
    #[arg(long)]
    check: bool,
}

/// Prints the requests, or sends them.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    let Some(files) = checked(&options.files, &catalogue)? else {
        return Ok(false);
    };
    let tries = Plan::of(files, &catalogue)?.tries;
    if tries.is_empty() {
        bail!("there is nothing to send: no file has `tries`");
    }
    if options.check {
        let stop = stop_signal()?;
        return attempt::all(&tries, options.address, &stop);
    }
    output::print(&listing::tries(&tries, options.address)?)?;
    Ok(true)
}

/// Run the example API that run files name, for demos of gateways
#[derive(clap::Args)]
pub(crate) struct ExampleOptions {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
}

/// Serves until a signal.
pub(crate) fn example(options: &ExampleOptions) -> Result<bool> {
    let stop = stop_signal()?;
    orders::start_at(options.listen)?;
    wait(&stop);
    Ok(true)
}
