//! `make demo-contour`: stock Contour with the filters of the catalogue, on processes of this
//! machine, and the requests of the demo to try, or with `--check` to be tried.
//!
//! All of it runs in a network namespace. What arrives at the two ports outside is passed on.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a demo says what goes wrong"
)]

use std::process::ExitCode;

use hachure_e2e::demo::{Demos, OnContour, Stand};

fn main() -> ExitCode {
    Stand::main(run)
}

fn run(stand: Stand) -> bool {
    println!("starting etcd, kube-apiserver, Contour, contour-extension and Envoy ...");
    let demos = Demos::all();
    let contour = OnContour::start(&stand);
    if let Err(why) = contour.attach(&demos) {
        eprintln!("error: the filters do not run: {why}");
        return false;
    }
    contour.show(stand, &demos)
}
