//! `hachure run`: a real Envoy with a given list of routes and filters.

mod attempt;
pub(crate) mod bootstrap;
mod curl;
pub(crate) mod elsewhere;
mod listing;
mod logs;
mod orders;
pub(crate) mod plan;
mod session;
mod upstreams;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use hachure_config::from_value;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::catalogue::Catalogue;
use crate::finding::Finding;
use crate::output;
use crate::run::plan::Plan;
use crate::run::session::Session;
use crate::run_file::RunFile;
use crate::validate::{self, File};

const POLL: Duration = Duration::from_millis(50);

/// Run a real Envoy with routes and filters
///
/// Checks the files, starts Envoy with the filters in them, waits until it serves, prints the
/// addresses and an access log that names the filter and the reason of every refusal. Ctrl-C ends
/// Envoy too. Several files are laid together into one list of routes.
#[derive(clap::Args)]
#[command(after_help = FILE_FORMAT)]
pub(crate) struct Options {
    /// What to run
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The Envoy program, 1.36 or newer; $ENVOY or the one on PATH, unless given
    #[arg(long, value_name = "FILE")]
    envoy: Option<PathBuf>,
    /// The port to serve on; 0 lets the system choose one
    #[arg(long, default_value_t = 10000)]
    port: u16,
    /// The port of Envoy's admin interface; 0 lets the system choose one
    #[arg(long, default_value_t = 0)]
    admin_port: u16,
    /// The folder of the filters' modules, `<name>.wasm`
    #[arg(long, value_name = "FOLDER", default_value = "target/modules")]
    modules: PathBuf,
    /// Send the files' own requests, print what came of each, and end with 0 or 1
    #[arg(long)]
    check: bool,
    /// Print Envoy's log too, and where its config is
    #[arg(long)]
    verbose: bool,
}

const FILE_FORMAT: &str = "\
A file:
  upstreams:
    orders: {example: orders}             # an API that comes with this command
    billing: {address: \"127.0.0.1:8080\"}  # or one of yours: HTTP/1.1 without TLS
    limits: {grpc: \"127.0.0.1:8081\"}      # a gRPC service without TLS
    issuer:                               # HTTP/1.1 over TLS, the certificate verified
      tls: {address: \"id.example.com:443\", authorities: ca.pem}
  filters:                                # on every route, in this order
    - filter: cors
      config: {origins: [\"https://app.example.com\"]}
  routes:                                 # the most specific one is taken
    - {prefix: /v1/orders, methods: [GET, POST, OPTIONS], upstream: orders}
    - path: /invoices
      upstream: billing
      filters:                            # on this route, after those of all routes
        - name: tenant                    # what Envoy calls it; the filter's name by default
          filter: header-mutation
          config: {...}
    - {prefix: /, directResponse: {status: 404, body: \"nothing here\\n\"}}
  tries:                                  # printed as curl lines; --check sends them
    - shows: a listed origin may read the answer
      request: {path: /v1/orders, headers: {origin: \"https://app.example.com\"}}
      expect:
        status: 200
        headers: {access-control-allow-origin: \"https://app.example.com\", x-gone: null}
        bodyContains: [\"1001\"]

Examples:
  hachure run routes.yaml
  hachure run filters/*/demo.yaml --check";

/// Runs until a signal, the end of Envoy, or the last of the tries.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    let Some(files) = checked(&options.files, &catalogue)? else {
        return Ok(false);
    };
    let plan = Plan::of(files, &catalogue)?;
    if plan.routes.is_empty() {
        bail!("no file has `routes`: nothing would be served");
    }
    if options.check && plan.tries.is_empty() {
        bail!("--check has nothing to send: no file has `tries`");
    }
    let stop = stop_signal()?;
    let session = match Session::start(options, &plan, &catalogue) {
        // An interrupt from a terminal reaches a starting Envoy too.
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(false),
        started => started?,
    };
    let good = serve(options, &plan, &session, &stop);
    session.end();
    good
}

/// Prints what there is to try, or tries it; then waits.
fn serve(options: &Options, plan: &Plan, session: &Session, stop: &AtomicBool) -> Result<bool> {
    let address = session.address;
    output::print(&listing::serving(plan, address, session.process.admin())?)?;
    if options.verbose {
        let folder = session.folder.path().display();
        output::print(&format!("Envoy's config and log are in {folder}\n"))?;
    }
    if options.check {
        return attempt::all(&plan.tries, address, stop);
    }
    output::print(&listing::tries(&plan.tries, address)?)?;
    output::print("\nCtrl-C stops it. Every request is logged here:\n")?;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
        // An interrupt from a terminal reaches Envoy too, and sets `stop` before it can end.
        if let Some(status) = session
            .process
            .ended()
            .filter(|_| !stop.load(Ordering::Relaxed))
        {
            bail!("Envoy has ended: {status}; --verbose shows its log");
        }
    }
    output::print("\nstopped\n")?;
    Ok(true)
}

/// The files, unless there is an error in them, which has then been printed with all others.
pub(crate) fn checked(
    names: &[String],
    catalogue: &Catalogue,
) -> Result<Option<Vec<(String, RunFile)>>> {
    let files: Vec<_> = names.iter().map(|name| File::read(name)).collect();
    let (_, findings) = validate::check(&files, None, catalogue);
    for finding in &findings {
        output::complain(&finding.to_string());
    }
    if findings.iter().any(Finding::is_error) {
        return Ok(None);
    }
    let read = |file: &File| {
        let name = file.name();
        let [document] = file.documents() else {
            bail!("{name}: a file of routes and filters holds one document");
        };
        let run_file = from_value(document.value.clone());
        let run_file =
            run_file.map_err(|why| anyhow!("{name} is no file for `hachure run`: {why}"))?;
        Ok((name.to_owned(), run_file))
    };
    files.iter().map(read).collect::<Result<_>>().map(Some)
}

/// Waits until this process is asked to end.
fn wait(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
    }
}

/// Becomes true when this process is asked to end.
fn stop_signal() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("waiting for signals")?;
    }
    Ok(stop)
}
