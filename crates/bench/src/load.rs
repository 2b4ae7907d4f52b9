//! The load: wrk, 16 connections, a browser's usual headers.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::subjects::Request;

/// What every request carries beside what wrk sends itself.
pub(crate) const HEADERS: [&str; 5] = [
    "origin: https://app.example.com",
    "accept: application/json",
    "accept-language: en",
    "user-agent: hachure-bench",
    "x-tenant: acme",
];

/// Loads `address` and says how many requests were answered. Any answer but 200 is an error.
pub(crate) fn run(
    wrk: &str,
    address: SocketAddr,
    request: &Request,
    time: Duration,
) -> Result<u64> {
    let mut command = Command::new(wrk);
    command
        .args(["-t1", "-c16"])
        .arg(format!("-d{}s", time.as_secs()));
    let own = request.headers.iter().map(String::as_str);
    for header in HEADERS.into_iter().chain(own) {
        command.args(["-H", header]);
    }
    let output = command
        .arg(format!("http://{address}{}", request.path))
        .output()
        .with_context(|| {
            format!("starting {wrk}: install it (`apt-get install wrk`) or name it with --wrk")
        })?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{wrk}: {text}");
    ensure!(
        !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "not every request was answered with 200: {text}"
    );
    let line = text.lines().find(|line| line.contains(" requests in "));
    let count = line.and_then(|line| line.split_whitespace().next());
    Ok(count
        .context("wrk did not say how many requests it made")?
        .parse()?)
}
