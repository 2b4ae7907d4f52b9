//! An Envoy with every case of a filter on it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hachure_casefile::{Message, Mismatch, Observed, Step, Strictness, compare};
use hachure_config::UnixTime;
use hachure_envoy::{Cluster, Options, Process, Protocol};
use tempfile::TempDir;

use super::clock::Clock;
use super::probe::Probe;
use super::upstreams::Upstreams;
use super::{CaseFile, facts, grpc, listeners, observe};
use crate::{Client, ListenerFile, Received, Upstream, setup};

/// How long Envoy may take to load a filter's cases on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(180);

/// Within this a filter that works in the background has ticked, and been answered.
const TICK: Duration = Duration::from_millis(1200);
/// Within this one thread has ticked and been answered, and all others have ticked after it and taken
/// over what it shares.
const TWO_TICKS: Duration = Duration::from_millis(2500);
/// How long a stream may take that does not wait for a time.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than any stream waits.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// Where a client comes from when a case does not say; as in the native runner.
const SOURCE: &str = "127.0.0.1:50000";

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
        let upstreams = Upstreams::start(runnable(files));
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
            thread::sleep(TICK);
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
        if let Some(expected) = &file.case.config_error {
            return self.refused(file, expected).map_err(|why| vec![why]);
        }
        let mut now = self.clock.as_ref().map(|clock| {
            let now = file.case.now.unwrap_or_else(true_time);
            clock.set(now);
            now
        });
        let mut lines = vec![];
        for (i, step) in file.case.steps.iter().enumerate() {
            // Before the time passes: what is fetched then is what the step says.
            self.upstreams.change(file, &step.upstreams);
            self.pass(step, &mut now);
            match self.step(file, i, &mut now) {
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

    /// Calls of functions that the filter's entry does not ask for. One that is withheld it may
    /// try.
    fn restricted(&mut self) -> Vec<String> {
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

    /// Lets the time between two steps pass, by the clock where the test has it in its hand.
    fn pass(&self, step: &Step, now: &mut Option<UnixTime>) {
        let Some(time) = step.after else { return };
        let time = Duration::from_millis(time.milliseconds());
        if let (Some(clock), Some(now)) = (&self.clock, now) {
            *now = later(*now, time);
            clock.set(*now);
        } else {
            thread::sleep(time);
        }
    }

    fn step(
        &self,
        file: &CaseFile,
        number: usize,
        now: &mut Option<UnixTime>,
    ) -> Result<Observed, String> {
        let step = &file.case.steps[number];
        let address = self.listener(file, step)?;
        let source = step.source.as_deref().unwrap_or(SOURCE);
        let source = source
            .parse()
            .map_err(|_| format!("no address and port: {source}"))?;
        if self.timers && (step.after.is_some() || !step.upstreams.is_empty()) {
            // As in the native runner, the background comes before the request.
            thread::sleep(TWO_TICKS);
        }
        self.upstreams.take(file);
        let before = self.counters()?;
        self.upstream.answer([observe::answer(step)]);
        let client = Client::new(address, self.protocol).from(source);
        let request = facts::request(&file.case, number);
        let mut received = self.send(&client, &request, now)?;
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
        if self.timers {
            leave_out_background(file, step, &mut counters);
        }
        let mut seen = observe::step(step, received, &details, requests, counters, state);
        seen.calls = self.upstreams.take(file);
        Ok(seen)
    }

    /// Sends the request of a step. Where a stream waits for a time, the clock of a dated case stands
    /// still: it is moved once, as the native runner does.
    fn send(
        &self,
        client: &Client,
        request: &Message,
        now: &mut Option<UnixTime>,
    ) -> Result<Received, String> {
        if !self.timers {
            return client.send(request);
        }
        thread::scope(|scope| {
            let sending = scope.spawn(|| client.send(request));
            let patience = Instant::now() + PATIENCE;
            while !sending.is_finished() && Instant::now() < patience {
                thread::sleep(Duration::from_millis(5));
            }
            let waits = !sending.is_finished();
            if let (true, Some(clock), Some(now)) = (waits, &self.clock, now) {
                *now = later(*now, LONG_ENOUGH);
                clock.set(*now);
            }
            sending.join().expect("the client")
        })
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

/// The background of every case's instance counts too, whenever it ticks: a counter that the step
/// does not name may be its, and of those that it names there may be more.
fn leave_out_background(file: &CaseFile, step: &Step, counters: &mut BTreeMap<String, u64>) {
    let prefix = format!("hachure.{}.", file.filter);
    counters.retain(|name, seen| {
        let named = name.strip_prefix(&prefix);
        let expected = named.and_then(|name| step.expect.counters.get(name));
        expected.is_some_and(|expected| {
            *seen = (*seen).min(*expected);
            true
        })
    });
}

/// For a case that does not depend on it.
fn true_time() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    later(UnixTime(0), since.expect("a time after 1970"))
}

fn later(now: UnixTime, time: Duration) -> UnixTime {
    let nanoseconds = u64::try_from(time.as_nanos()).expect("a time of this century");
    UnixTime(now.0 + nanoseconds)
}

fn runnable(files: &[CaseFile]) -> impl Iterator<Item = &CaseFile> {
    files
        .iter()
        .filter(|file| file.cannot_run(Protocol::Http1).is_none())
}
