//! An Envoy with every case of a filter on it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use hachure_casefile::{Mismatch, Observed, Step, Strictness, compare};
use hachure_envoy::{Cluster, Options, Process, Protocol};
use tempfile::TempDir;

use super::clock::Clock;
use super::probe::Probe;
use super::{CaseFile, grpc, listeners, observe};
use crate::{Client, ListenerFile, Upstream, setup};

/// How long Envoy may take to load a filter's cases on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(180);

/// Where a client comes from when a case does not say; as in the native runner.
const SOURCE: &str = "127.0.0.1:50000";

/// An Envoy that serves the cases of one filter over one protocol.
pub struct Bench {
    process: Process,
    upstream: Upstream,
    protocol: Protocol,
    probe: Probe,
    clock: Option<Clock>,
    restricted_calls: usize,
    _folder: TempDir,
}

impl Bench {
    /// Starts it with a listener for each of `files`, which are all of one filter.
    pub fn start(files: &[CaseFile], protocol: Protocol, workers: u32) -> Result<Self, String> {
        let binary = setup::envoy();
        let folder = setup::scratch();
        let upstream = Upstream::start(protocol);
        let probe = Probe::of(files);
        let listeners = ListenerFile::new(folder.path());
        listeners.write(
            runnable(files)
                .flat_map(|file| listeners::of_case(file, &probe))
                .map(|listener| listener.to_json(binary.version())),
        );
        let options = Options::new(folder.path())
            .concurrency(workers)
            .ready_within(LIMIT);
        let dated = files.iter().any(|file| file.case.now.is_some());
        let clock = dated.then(|| Clock::new(folder.path()));
        let options = match &clock {
            Some(clock) => clock.wind(options),
            None => options,
        };
        let cluster = Cluster::new(listeners::UPSTREAM, "127.0.0.1", upstream.port());
        let bootstrap = listeners
            .bootstrap()
            .cluster(cluster.protocol(protocol).http1_trailers());
        let process =
            Process::start(&binary, &bootstrap, &options).map_err(|why| why.to_string())?;
        Ok(Self {
            process,
            upstream,
            protocol,
            probe,
            clock,
            restricted_calls: 0,
            _folder: folder,
        })
    }

    /// Runs a case: a line for everything that came out otherwise.
    pub fn run(&mut self, file: &CaseFile) -> Result<(), Vec<String>> {
        if let Some(expected) = &file.case.config_error {
            return self.refused(file, expected).map_err(|why| vec![why]);
        }
        if let Some(clock) = &self.clock {
            clock.set(file.case.now);
        }
        let mut lines = vec![];
        for (i, step) in file.case.steps.iter().enumerate() {
            match self.step(file, step) {
                Ok(seen) => lines.extend(
                    compare(&file.filter, &grpc::heard(step), &seen, Strictness::Named)
                        .iter()
                        .map(|mismatch: &Mismatch| format!("steps[{i}]: {mismatch}")),
                ),
                Err(why) => lines.push(format!("steps[{i}]: {why}")),
            }
        }
        lines.extend(self.restricted());
        if lines.is_empty() { Ok(()) } else { Err(lines) }
    }

    /// Calls of functions that the filter's entry does not ask for.
    fn restricted(&mut self) -> Vec<String> {
        let log = fs::read_to_string(self.process.log()).expect("Envoy's log");
        let calls = log
            .lines()
            .filter(|line| line.contains("call to restricted"));
        let new: Vec<_> = calls
            .skip(self.restricted_calls)
            .map(str::to_owned)
            .collect();
        self.restricted_calls += new.len();
        new
    }

    fn step(&self, file: &CaseFile, step: &Step) -> Result<Observed, String> {
        let address = self.listener(file, step)?;
        let source = step.source.as_deref().unwrap_or(SOURCE);
        let source = source
            .parse()
            .map_err(|_| format!("no address and port: {source}"))?;
        let before = self.counters()?;
        self.upstream.answer([observe::answer(step)]);
        let client = Client::new(address, self.protocol).from(source);
        let mut received = client.send(&step.request)?;
        let (details, state) = self.probe.read(&mut received);
        if details.is_empty() {
            return Err(format!(
                "Envoy answered {} before any filter ran",
                received.status()
            ));
        }
        let requests = self.upstream.take();
        let mut counters = self.counters()?;
        for (name, count) in &before {
            counters.entry(name.clone()).and_modify(|now| *now -= count);
        }
        counters.retain(|_, gained| *gained > 0);
        Ok(observe::step(
            step, received, &details, requests, counters, state,
        ))
    }

    fn listener(&self, file: &CaseFile, step: &Step) -> Result<SocketAddr, String> {
        let name = listeners::name(file, step.local.as_ref().map(|local| local.status));
        self.process.address(&name).ok_or_else(|| {
            let refused = self
                .process
                .refused()
                .into_iter()
                .find(|r| r.instance == name);
            refused.map_or_else(
                || self.log_of(&name),
                |r| format!("the config was refused: {}", r.why),
            )
        })
    }

    /// What Envoy's log says of a listener that it does not have.
    fn log_of(&self, name: &str) -> String {
        let log = fs::read_to_string(self.process.log()).expect("Envoy's log");
        let lines: Vec<_> = log.lines().filter(|line| line.contains(name)).collect();
        format!("Envoy has no listener for it: {}", lines.join("\n"))
    }

    /// Every counter of ours. Envoy puts a namespace before their names.
    fn counters(&self) -> Result<BTreeMap<String, u64>, String> {
        let stats = self
            .process
            .stats(r"^wasmcustom\.hachure\.")
            .map_err(|e| e.to_string())?;
        let own = |name: String| name.trim_start_matches("wasmcustom.").to_owned();
        Ok(stats
            .into_iter()
            .map(|(name, count)| (own(name), count))
            .collect())
    }

    /// A refused config is one line in the log, and no listener.
    fn refused(&self, file: &CaseFile, expected: &str) -> Result<(), String> {
        let name = listeners::name(file, None);
        if self.process.address(&name).is_some() {
            return Err("the config was not refused".into());
        }
        let refused = self.process.refused();
        let lines: Vec<_> = refused
            .iter()
            .filter(|refused| refused.instance == name)
            .collect();
        match lines.as_slice() {
            [one] if one.why == expected && one.filter == file.filter => Ok(()),
            [one] => Err(format!("refused otherwise: {}", one.why)),
            lines => Err(format!("{} lines in the log instead of one", lines.len())),
        }
    }
}

fn runnable(files: &[CaseFile]) -> impl Iterator<Item = &CaseFile> {
    files
        .iter()
        .filter(|file| file.cannot_run(Protocol::Http1).is_none())
}
