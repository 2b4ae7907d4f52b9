//! An Envoy with every case of a filter on it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use hachure_envoy::{Cluster, Options, Process, Protocol};
use tempfile::TempDir;

use super::clock::Clock;
use super::place::{Place, Told, own_counters};
use super::probe::Probe;
use super::upstreams::Upstreams;
use super::{CaseFile, listeners, run};
use crate::{Client, ListenerFile, Received, Upstream, setup};

/// How long Envoy may take to load a filter's cases on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(180);

/// An Envoy that serves the cases of one filter over one protocol.
pub struct Bench {
    process: Process,
    upstream: Upstream,
    /// Those of the filters' own.
    upstreams: Upstreams,
    /// Filters may work in the background.
    timers: bool,
    protocol: Protocol,
    probe: Probe,
    clock: Option<Clock>,
    withheld: &'static [&'static str],
    restricted_calls: usize,
    _folder: TempDir,
}

impl Bench {
    /// Starts it with a listener for each of `files`, which are all of one filter, and from which
    /// those functions are withheld.
    pub fn start(
        files: &[CaseFile],
        protocol: Protocol,
        workers: u32,
        withheld: &'static [&'static str],
    ) -> Result<Self, String> {
        let binary = setup::envoy();
        let folder = setup::scratch();
        let upstream = Upstream::start(protocol);
        let probe = Probe::of(files);
        let listeners = ListenerFile::new(folder.path());
        listeners.write(
            runnable(files)
                .flat_map(|file| listeners::of_case(file, &probe, withheld))
                .map(|listener| listener.to_json(binary.version())),
        );
        let options = Options::new(folder.path())
            .concurrency(workers)
            .ready_within(LIMIT);
        // The earliest of them: no case begins before the filters have started.
        let start = files.iter().filter_map(|file| file.case.now).min();
        let clock = start.map(|start| Clock::new(folder.path(), start));
        let options = match &clock {
            Some(clock) => clock.wind(options),
            None => options,
        };
        let cluster = Cluster::new(listeners::UPSTREAM, "127.0.0.1", upstream.port());
        let upstreams = Upstreams::start(runnable(files), IpAddr::V4(Ipv4Addr::LOCALHOST));
        for file in runnable(files) {
            upstreams.change(file, &file.case.upstreams);
        }
        let bootstrap = listeners
            .bootstrap()
            .cluster(cluster.protocol(protocol).http1_trailers());
        let bootstrap = upstreams.add_to(bootstrap);
        let process =
            Process::start(&binary, &bootstrap, &options).map_err(|why| why.to_string())?;
        let filter = files.first().map(|file| setup::entry(&file.filter));
        let timers = filter.is_some_and(|entry| entry.capabilities.timers);
        if timers {
            // What is fetched at the start is there before the first request.
            thread::sleep(run::TICK);
        }
        Ok(Self {
            process,
            upstream,
            upstreams,
            timers,
            protocol,
            probe,
            clock,
            withheld,
            restricted_calls: 0,
            _folder: folder,
        })
    }

    /// Runs a case: a line for everything that came out otherwise.
    pub fn run(&mut self, file: &CaseFile) -> Result<(), Vec<String>> {
        run::case(self, file)
    }

    /// What Envoy's log says of a listener that it does not have.
    fn log_of(&self, name: &str) -> String {
        let log = fs::read_to_string(self.process.log()).expect("Envoy's log");
        let lines: Vec<_> = log.lines().filter(|line| line.contains(name)).collect();
        format!("Envoy has no listener for it: {}", lines.join("\n"))
    }
}

impl Place for Bench {
    fn client(
        &self,
        file: &CaseFile,
        local: Option<u16>,
        source: SocketAddr,
    ) -> Result<Client, String> {
        let name = listeners::name(file, local);
        let address = self.process.address(&name).ok_or_else(|| {
            let refused = self.process.refused();
            let refused = refused.into_iter().find(|r| r.instance == name);
            refused.map_or_else(
                || self.log_of(&name),
                |r| format!("the config was refused: {}", r.why),
            )
        })?;
        Ok(Client::new(address, self.protocol).from(source))
    }

    fn told(&mut self, received: &mut Received) -> Result<Told, String> {
        let (details, state) = self.probe.read(received);
        if details.is_empty() {
            return Err(format!(
                "Envoy answered {} before any filter ran",
                received.status()
            ));
        }
        Ok(Told {
            details,
            state: Some(state),
        })
    }

    fn counters(&self) -> Result<BTreeMap<String, u64>, String> {
        let stats = self.process.stats(r"^wasmcustom\.hachure\.");
        stats.map(own_counters).map_err(|why| why.to_string())
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

    /// Calls of functions that the filter's entry does not ask for. One that is withheld it may
    /// try.
    fn complaints(&mut self) -> Vec<String> {
        let log = fs::read_to_string(self.process.log()).expect("Envoy's log");
        let calls = log
            .lines()
            .filter(|line| line.contains("call to restricted"))
            .filter(|line| !self.withheld.iter().any(|name| line.contains(name)));
        let new: Vec<_> = calls
            .skip(self.restricted_calls)
            .map(str::to_owned)
            .collect();
        self.restricted_calls += new.len();
        new
    }

    fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    fn timers(&self) -> bool {
        self.timers
    }
}

fn runnable(files: &[CaseFile]) -> impl Iterator<Item = &CaseFile> {
    files
        .iter()
        .filter(|file| file.cannot_run(Protocol::Http1).is_none())
}
