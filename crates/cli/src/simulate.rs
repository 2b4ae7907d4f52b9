//! `hachure simulate`: what a filter does to one request, and why.

mod message;
mod story;
mod trace;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use hachure_config::UnixTime;
use hachure_exchange::AnyPolicy;
use hachure_registry::Filter;

use crate::catalogue::{self, Catalogue};
use crate::output::{self, Format};
use crate::validate::{self, File};

pub(crate) use trace::Trace;

/// Show what a filter does to one request
///
/// Runs the filter's own decision code on this machine, without Envoy: what it decides, each effect
/// in order, what the upstream sees, and the answer where the filter gives one. What Envoy itself
/// adds to a request (x-request-id, x-forwarded-for) is not there.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  cat > preflight.http <<'END'
  OPTIONS /orders HTTP/1.1
  Host: api.example.com
  Origin: https://app.example.com
  Access-Control-Request-Method: PUT

  END
  hachure simulate cors --config cors.yaml --request preflight.http

A request can also be written as in the catalogue's cases:
  headers: {\":method\": GET, \":path\": /orders, \":authority\": api.example.com, x-a: [one, two]}
  body: text")]
pub(crate) struct Options {
    /// The filter's name in the catalogue
    #[arg(value_name = "FILTER", value_parser = catalogue::names())]
    filter: String,
    /// Its config: alone, or in a manifest, an Envoy config or a case that holds one of it
    #[arg(long, value_name = "FILE")]
    config: String,
    /// The request, as raw HTTP/1.1 or as in a case; `-` is standard input
    #[arg(long, value_name = "FILE")]
    request: String,
    /// What the upstream answers, in the same forms: then the response is simulated too
    #[arg(long, value_name = "FILE")]
    response: Option<String>,
    /// The time at which it happens, as 2026-01-31T12:00:00Z; now, unless given
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<UnixTime>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// Runs the filter and prints what it did. `false` when the config is refused.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let files = [
        Some(&options.config),
        Some(&options.request),
        options.response.as_ref(),
    ];
    if files
        .into_iter()
        .flatten()
        .filter(|file| *file == "-")
        .count()
        > 1
    {
        bail!("only one of --config, --request and --response can be standard input");
    }
    let filter = catalogue::named(&options.filter)?;
    let Some(policy) = policy(filter, &options.config)? else {
        return Ok(false);
    };
    let request = message::request(&options.request)?;
    let response = options
        .response
        .as_deref()
        .map(message::response)
        .transpose()?;
    let now = options.now.map_or_else(clock, Ok)?;
    let trace = Trace::of(filter, &*policy, request, response, now);
    match options.output {
        Format::Json => output::print_json(&trace)?,
        Format::Text => output::print(&story::tell(&trace)?)?,
    }
    Ok(true)
}

/// The policy of the one config of `filter` in a file; none when that was refused, and said so.
fn policy(filter: &'static Filter, file: &str) -> Result<Option<Box<dyn AnyPolicy>>> {
    let files = [File::read(file)];
    let (found, findings) = validate::check(&files, Some(filter), &Catalogue::load()?);
    let ours = found
        .placed
        .iter()
        .filter(|placed| placed.filter.name == filter.name);
    let ours: Vec<_> = ours.collect();
    let errors = findings.iter().filter(|finding| finding.is_error());
    let mut errors = errors.filter(|finding| finding.filter.is_none_or(|f| f == filter.name));
    match ours.as_slice() {
        [config] => match config.compile() {
            Ok(policy) => return Ok(Some(policy)),
            Err(findings) => findings
                .iter()
                .for_each(|f| output::complain(&f.to_string())),
        },
        [] => match errors.next() {
            Some(error) => output::complain(&error.to_string()),
            None => bail!("{file} holds no config of {}", filter.name),
        },
        several => {
            let lines = several
                .iter()
                .map(|config| config.place().position().line.to_string());
            let lines = lines.collect::<Vec<_>>().join(", ");
            bail!(
                "{file} holds several configs of {} (lines {lines}): give one",
                filter.name
            )
        }
    }
    Ok(None)
}

fn time(text: &str) -> Result<UnixTime, String> {
    UnixTime::parse_rfc3339(text).ok_or_else(|| "expected a time as 2026-01-31T12:00:00Z".into())
}

fn clock() -> Result<UnixTime> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("this machine's clock")?;
    Ok(UnixTime::from_seconds(since.as_secs()))
}
