//! `make cluster`: a real API server, Contour, `contour-extension` and an Envoy on processes of this
//! machine, for a person to play with.
//!
//! All of it runs in a network namespace. What arrives at the two ports outside is passed on.
#![allow(clippy::print_stdout, reason = "a program for people prints")]

use std::process::ExitCode;

use hachure_e2e::demo::{Demos, OnContour, Stand};

fn main() -> ExitCode {
    Stand::main(|stand| {
        println!("starting etcd, kube-apiserver, Contour, contour-extension and Envoy ...");
        OnContour::start(&stand).show(stand, &Demos::default())
    })
}
