//! Cases behind Envoy Gateway: one Gateway for a batch of them, in which each has a listener, and on
//! that an HTTPRoute with an EnvoyExtensionPolicy.
//!
//! What only Envoy knows of an exchange is read from its access log.

mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_envoy::Protocol;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::clock::Clock;
use super::place::{Place, Told, own_counters};
use super::upstreams::Upstreams;
use super::{CaseFile, run};
use crate::cluster::envoy_gateway::objects::class;
use crate::cluster::{Cluster, EnvoyGateway, Proxy, namespace, objects as kubernetes};
use crate::services::ModuleServer;
use crate::{Client, Received, Upstream, request, setup};
use objects::{GATEWAY, NAMESPACE, Slot};

const LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(20);
/// Within this an exchange is in the access log.
const LINE: Duration = Duration::from_secs(2);

/// An Envoy Gateway for cases.
pub struct EnvoyGatewayCases {
    gateway: EnvoyGateway,
    cluster: Cluster,
    modules: ModuleServer,
    /// The filter state that is looked at.
    keys: Vec<String>,
    access_log: PathBuf,
    batches: AtomicUsize,
    _folder: TempDir,
}

impl EnvoyGatewayCases {
    /// Starts one, on a cluster that has nothing of it yet, for any of those cases.
    pub fn start(cluster: Cluster, files: &[CaseFile]) -> Self {
        let gateway = EnvoyGateway::start(&cluster);
        let folder = setup::scratch();
        let access_log = folder.path().join("access.log");
        let steps = files.iter().flat_map(|file| &file.case.steps);
        let keys: BTreeSet<String> = steps
            .flat_map(|step| step.expect.state.keys().cloned())
            .chain(["hachure.reason".to_owned(), "hachure.filter".to_owned()])
            .collect();
        let keys: Vec<_> = keys.into_iter().collect();
        cluster.apply(&kubernetes::namespace(NAMESPACE));
        for object in class(NAMESPACE, &objects::proxy(&access_log, &keys)) {
            cluster.apply(&object);
        }
        Self {
            cluster,
            gateway,
            modules: ModuleServer::start(IpAddr::V4(namespace::ADDRESS)),
            keys,
            access_log,
            batches: AtomicUsize::new(0),
            _folder: folder,
        }
    }

    /// Starts an Envoy for cases of one filter.
    pub fn bench(self: &Arc<Self>, files: &[CaseFile]) -> EnvoyGatewayBench {
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        let gateway = format!("{GATEWAY}-{number}");
        let address = IpAddr::V4(namespace::ADDRESS);
        let upstream = Upstream::start_at(address, Protocol::Http1);
        let upstreams = Upstreams::start(files.iter(), address);
        for file in files {
            upstreams.change(file, &file.case.upstreams);
        }
        let slots = objects::slots(files);
        let mut all = vec![objects::backend(
            &gateway,
            upstream.address(),
            Protocol::Http1,
        )];
        for slot in &slots {
            all.extend(slot.objects(&gateway, &self.modules));
        }
        for file in files {
            all.extend(objects::upstreams(file, &gateway, &upstreams));
        }
        all.extend(objects::gateway(&gateway, &slots));
        all.iter().for_each(|object| self.cluster.apply(object));
        for object in all
            .iter()
            .filter(|one| one["kind"] == "EnvoyExtensionPolicy")
        {
            self.until_translated(object);
        }
        let folder = setup::scratch();
        let dated = files.iter().any(|file| file.case.now.is_some());
        let clock = dated.then(|| Clock::new(folder.path(), hachure_config::UnixTime(0)));
        // Certificates were made just now: until everything is there it is the true time.
        clock.iter().for_each(|clock| clock.go(0));
        let proxy = Proxy::start_with(
            &self.cluster,
            &self.gateway,
            (NAMESPACE, &gateway),
            |command| {
                clock.iter().for_each(|clock| clock.wind_command(command));
            },
        );
        let entry = setup::entry(&files[0].filter);
        let bench = EnvoyGatewayBench {
            proxy,
            cases: Arc::clone(self),
            slots,
            upstream,
            upstreams,
            clock,
            timers: entry.capabilities.timers,
            read: 0,
            objects: all,
            _folder: folder,
        };
        bench.until_loaded();
        bench
    }

    /// Waits until Envoy Gateway has said something of a policy: then its routes are translated.
    fn until_translated(&self, policy: &Value) {
        let start = Instant::now();
        loop {
            let now = self.cluster.get(policy);
            if now["status"]["ancestors"][0]["conditions"].is_array() {
                return;
            }
            assert!(start.elapsed() < LIMIT, "nothing is said of {now}");
            sleep(POLL);
        }
    }
}

/// An Envoy that Envoy Gateway has configured for cases of one filter.
pub struct EnvoyGatewayBench {
    proxy: Proxy,
    cases: Arc<EnvoyGatewayCases>,
    slots: Vec<Slot>,
    upstream: Upstream,
    upstreams: Upstreams,
    clock: Option<Clock>,
    timers: bool,
    /// How much of the access log has been read.
    read: usize,
    objects: Vec<Value>,
    _folder: TempDir,
}

impl EnvoyGatewayBench {
    /// Runs a case: a line for everything that came out otherwise.
    pub fn run(&mut self, file: &CaseFile) -> Result<(), Vec<String>> {
        self.read = self.logged();
        run::case(self, file)
    }

    /// How long the access log is.
    fn logged(&self) -> usize {
        fs::read(&self.cases.access_log).map_or(0, |text| text.len())
    }

    fn until_loaded(&self) {
        let start = Instant::now();
        let good = self.slots.iter().filter(|slot| slot.is_good());
        // Two more tell its metrics, and whether it is ready.
        let wanted = u64::try_from(good.count() + 2).expect("a number");
        let active = || self.proxy.stat("listener_manager.total_listeners_active");
        while active() < wanted || self.proxy.stat("listener_manager.total_listeners_warming") > 0 {
            let late = start.elapsed() > LIMIT;
            assert!(!late, "{} of {wanted} listeners", active());
            sleep(POLL);
        }
        if self.timers {
            sleep(run::TICK);
        }
    }

    fn slot(&self, file: &CaseFile, local: Option<u16>) -> Result<&Slot, String> {
        let name = objects::name(file, local);
        let mut slots = self.slots.iter();
        let slot = slots.find(|slot| slot.name == name);
        slot.ok_or_else(|| format!("there is no listener for {name}"))
    }
}

impl Drop for EnvoyGatewayBench {
    fn drop(&mut self) {
        for object in self.objects.iter().rev() {
            self.cases.cluster.delete(object);
        }
        // Its lines are not the next one's.
        let _ = fs::remove_file(&self.cases.access_log);
    }
}

impl Place for EnvoyGatewayBench {
    fn client(
        &self,
        file: &CaseFile,
        local: Option<u16>,
        source: SocketAddr,
    ) -> Result<Client, String> {
        let port = self.slot(file, local)?.port;
        Ok(Client::new(self.proxy.listener(port), Protocol::Http1).from(source))
    }

    fn told(&mut self, _received: &mut Received) -> Result<Told, String> {
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(&self.cases.access_log).unwrap_or_default();
            let new = text.get(self.read..).unwrap_or_default();
            if let Some((line, _)) = new.split_once('\n') {
                self.read += line.len() + 1;
                return told(line, &self.cases.keys);
            }
            if start.elapsed() > LIMIT {
                return Err("there is no line in the access log".into());
            }
            sleep(Duration::from_millis(2));
        }
    }

    fn counters(&self) -> Result<BTreeMap<String, u64>, String> {
        let text = self.proxy.admin("/stats?filter=^wasmcustom%5C.hachure%5C.");
        let pairs = text.lines().filter_map(|line| {
            let (name, value) = line.rsplit_once(": ")?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Ok(own_counters(pairs))
    }

    /// Envoy has no listener for it, or answers 5xx there, and has a line in its log.
    fn refused(&self, file: &CaseFile, expected: &str) -> Result<(), String> {
        let source = SocketAddr::from(([127, 0, 0, 1], 50000));
        let client = self.client(file, None, source)?;
        let before = self.logged();
        let answer = client.send(&request("GET", "/", &[]));
        // Its line is not the next case's.
        let start = Instant::now();
        while answer.is_ok() && self.logged() == before && start.elapsed() < LINE {
            sleep(POLL);
        }
        if let Some(answer) = answer.ok().filter(|answer| answer.status() < 500) {
            return Err(format!("it answers {}", answer.status()));
        }
        let log = self.proxy.log();
        let instance = format!("/{}/wasm/", objects::name(file, None));
        let lines = log.lines().filter(|line| line.contains(&instance));
        let said = lines.filter_map(|line| Some(line.split_once(": config refused: ")?.1));
        let said: BTreeSet<_> = said.collect();
        match said.iter().collect::<Vec<_>>().as_slice() {
            [one] if **one == expected => Ok(()),
            lines => Err(format!("the log says {lines:?}")),
        }
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

/// What a line of the access log says.
fn told(line: &str, keys: &[String]) -> Result<Told, String> {
    let said: Value = serde_json::from_str(line).map_err(|why| format!("{line}: {why}"))?;
    let text = |name: &str| said[name].as_str().filter(|text| *text != "-");
    let state = keys.iter().enumerate().filter_map(|(i, key)| {
        let value = text(&format!("s{i}"))?;
        Some((key.clone(), value.to_owned()))
    });
    Ok(Told {
        details: text("details").unwrap_or_default().to_owned(),
        state: Some(state.collect()),
    })
}

/// Why a case cannot run behind Envoy Gateway; none where it can.
pub fn cannot_run(file: &CaseFile) -> Option<&'static str> {
    let steps = || file.case.steps.iter();
    let is = |name: &str, value: &[u8]| {
        steps().any(|step| {
            step.request
                .headers
                .to_map()
                .values(name)
                .any(|v| v == value)
        })
    };
    if let Some(why) = file.cannot_run(Protocol::Http1) {
        return Some(why);
    }
    if file.case.config["headersHeld"] == json!(true) {
        return Some("headersHeld is true, and Envoy Gateway lets no headers wait for a body");
    }
    if !file.case.metadata.is_empty() {
        return Some("it has metadata of a native filter that Envoy Gateway has no object for");
    }
    let names = |name: &str| {
        let mut headers = steps().map(|step| step.request.headers.to_map());
        headers.any(|headers| headers.values(name).next().is_some())
    };
    if names("x-forwarded-for") {
        return Some("Envoy Gateway has Envoy add the client to x-forwarded-for");
    }
    let leaves = || steps().any(|step| step.upstreams.values().any(|upstream| upstream.away));
    if file.case.now.is_some() && leaves() {
        // Envoy Gateway's certificates are of today: Envoy starts at the true time, and fetches.
        return Some("it waits for keys to age that were fetched before its time began");
    }
    if is(":method", b"CONNECT") {
        return Some("an HTTPRoute matches no CONNECT");
    }
    let paths = steps().flat_map(|step| path(&step.request.headers.to_map()));
    let mut changed = paths.filter(|path| is_normalized(path));
    changed
        .next()
        .map(|_| "Envoy Gateway has Envoy normalize the path before any filter")
}

fn path(headers: &hachure_exchange::HeaderMap) -> Option<String> {
    let path = headers.values(":path").next()?;
    Some(String::from_utf8_lossy(path).into_owned())
}

/// Whether Envoy's `normalize_path` changes the path: it has dot segments, a backslash, or an
/// unreserved character that is encoded (RFC 3986, 6.2.2).
fn is_normalized(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/');
    let dots = segments.any(|segment| segment == "." || segment == "..");
    let encoded = path.split('%').skip(1).any(|rest| {
        let code = rest
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        code.is_some_and(|code| code.is_ascii_alphanumeric() || b"-._~".contains(&code))
    });
    dots || encoded || path.contains('\\')
}
