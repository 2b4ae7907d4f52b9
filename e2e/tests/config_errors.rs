//! What clients see when a filter refuses its config: the table of `docs/config-errors.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::fs;
use std::time::{Duration, Instant};

use hachure_casefile::Text;
use hachure_e2e::{Client, ListenerFile, Upstream, request, response, setup};
use hachure_envoy::{
    AccessLog, Cluster, HttpFilter, Listener, Options, Process, Protocol, RefusedConfig, Route,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// An Envoy that takes its listeners from a file and fetches modules over HTTP.
struct Fleet {
    process: Process,
    listeners: ListenerFile,
    modules: Upstream,
    _folder: TempDir,
}

/// Where a module comes from.
#[derive(Clone, Copy)]
enum Code {
    Local,
    /// The module with so many bytes behind it that change nothing: each is another module.
    Fetched(usize),
}

use Code::{Fetched, Local};

impl Fleet {
    fn start(listeners: impl FnOnce(&Upstream) -> Vec<Value>) -> Self {
        let folder = setup::scratch();
        let file = ListenerFile::new(folder.path());
        let modules = Upstream::start(Protocol::Http1);
        file.write(listeners(&modules));
        let cluster = Cluster::new("modules", "127.0.0.1", modules.port());
        let bootstrap = file.bootstrap().cluster(cluster);
        let process =
            Process::start(&setup::envoy(), &bootstrap, &Options::new(folder.path())).unwrap();
        Self {
            process,
            listeners: file,
            modules,
            _folder: folder,
        }
    }

    /// Replaces the listeners and waits until Envoy has looked at them.
    fn update(&self, listener: Value) {
        let attempts = || self.stat("listener_manager.lds.update_attempt");
        let before = attempts();
        self.listeners.write([listener]);
        wait_for("Envoy to see the new listeners", || attempts() > before);
    }

    fn stat(&self, name: &str) -> u64 {
        self.process
            .stats(&format!("^{}$", name.replace('.', r"\.")))
            .unwrap()[name]
    }

    /// What a client gets on a path of the listener `main`: the status and our header; none where
    /// nothing listens.
    fn get(&self, path: &str) -> Option<(u16, String)> {
        let address = *self.process.listeners().unwrap().get("main")?;
        let answer = Client::new(address, Protocol::Http1)
            .send(&request("GET", path, &[]))
            .unwrap();
        Some((answer.status(), answer.text("x-set")))
    }

    fn refused(&self) -> Vec<RefusedConfig> {
        self.process.refused()
    }
}

fn wait_for(what: &str, mut come: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !come() {
        assert!(Instant::now() < limit, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn good(value: &str) -> Value {
    json!({"rules": [{"phase": "response", "operation": {"set": {"name": "x-set", "value": value}}}]})
}

fn bad() -> Value {
    json!({"rules": [{"phase": "response", "operation": {"set": {"nome": "x-set", "value": "a"}}}]})
}

const WHY: &str = "rules[0].operation.set.nome: ";

fn module(padding: usize) -> Vec<u8> {
    let mut module = fs::read(setup::module("header-mutation")).unwrap();
    // Custom sections that are named `x` and hold nothing.
    module.extend([0, 2, 1, b'x'].repeat(padding));
    module
}

fn filter(code: Code, config: Value, modules: &Upstream) -> Value {
    let wasm = setup::wasm("header-mutation", "headers", config);
    let mut filter = wasm.to_json(setup::envoy().version());
    if let Fetched(padding) = code {
        let module = module(padding);
        let digest: String = Sha256::digest(&module)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        filter["config"]["vm_config"]["code"] = json!({"remote": {
            "http_uri": {"uri": "http://modules/m.wasm", "cluster": "modules", "timeout": "10s"},
            "sha256": digest,
            "retry_policy": {"num_retries": 0},
        }});
        let mut answer = response(200, &[], "");
        answer.body = vec![Text(module)];
        modules.answer([answer]);
    }
    filter
}

/// The filter on the route `/filtered` and not on `/other`.
fn listener(filter: Value) -> Value {
    Listener::new("main")
        .filter(HttpFilter::native("headers", filter).disabled())
        .route(Route::prefix("/filtered").direct(200, "").enable("headers"))
        .route(Route::prefix("/").direct(200, ""))
        .to_json(setup::envoy().version())
}

fn open(mut filter: Value) -> Value {
    filter["config"]["failure_policy"] = json!("FAIL_OPEN");
    filter
}

fn assert_one_line(fleet: &Fleet) {
    let refused = fleet.refused();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(
        (refused[0].instance.as_str(), refused[0].filter.as_str()),
        ("headers", "header-mutation")
    );
    assert!(refused[0].why.starts_with(WHY), "{refused:?}");
}

const UNFILTERED: Option<(u16, String)> = Some((200, String::new()));

fn filtered(value: &str) -> Option<(u16, String)> {
    Some((200, value.to_owned()))
}

fn closed() -> Option<(u16, String)> {
    Some((503, String::new()))
}

#[test]
fn a_local_module_on_a_new_listener_there_is_no_listener() {
    let fleet = Fleet::start(|modules| vec![listener(filter(Local, bad(), modules))]);
    assert_eq!(fleet.get("/other"), None);
    assert_eq!(fleet.stat("listener_manager.lds.update_rejected"), 1);
    assert_one_line(&fleet);
    fleet.update(listener(filter(Local, good("a"), &fleet.modules)));
    wait_for("the mended listener", || {
        fleet.get("/filtered") == filtered("a")
    });
}

#[test]
fn failing_open_changes_nothing_for_a_local_module() {
    let fleet = Fleet::start(|modules| vec![listener(open(filter(Local, bad(), modules)))]);
    assert_eq!(fleet.get("/other"), None);
    assert_one_line(&fleet);
}

#[test]
fn a_local_module_updated_the_last_good_config_serves_on() {
    let fleet = Fleet::start(|modules| vec![listener(filter(Local, good("a"), modules))]);
    fleet.update(listener(filter(Local, bad(), &fleet.modules)));
    wait_for("a refusal", || {
        fleet.stat("listener_manager.lds.update_rejected") == 1
    });
    assert_eq!(
        (fleet.get("/filtered"), fleet.get("/other")),
        (filtered("a"), UNFILTERED)
    );
    assert_one_line(&fleet);
}

#[test]
fn a_fetched_module_on_a_new_listener_its_routes_are_closed() {
    let fleet = Fleet::start(|modules| vec![listener(filter(Fetched(0), bad(), modules))]);
    assert_eq!(
        (fleet.get("/filtered"), fleet.get("/other")),
        (closed(), UNFILTERED)
    );
    // Envoy has taken the listener before it had the module: nobody is told but the log.
    assert_eq!(fleet.stat("listener_manager.lds.update_rejected"), 0);
    assert_one_line(&fleet);
    fleet.update(listener(filter(Fetched(0), good("a"), &fleet.modules)));
    wait_for("the mended listener", || {
        fleet.get("/filtered") == filtered("a")
    });
}

#[test]
fn a_fetched_module_that_fails_open_lets_everything_through() {
    let fleet = Fleet::start(|modules| vec![listener(open(filter(Fetched(0), bad(), modules)))]);
    assert_eq!(
        (fleet.get("/filtered"), fleet.get("/other")),
        (UNFILTERED, UNFILTERED)
    );
    assert_one_line(&fleet);
}

#[test]
fn a_fetched_module_that_is_known_updated_the_last_good_config_serves_on() {
    let fleet = Fleet::start(|modules| vec![listener(filter(Fetched(0), good("a"), modules))]);
    assert_eq!(fleet.get("/filtered"), filtered("a"));
    fleet.update(listener(filter(Fetched(0), bad(), &fleet.modules)));
    wait_for("a refusal", || {
        fleet.stat("listener_manager.lds.update_rejected") == 1
    });
    assert_eq!(
        (fleet.get("/filtered"), fleet.get("/other")),
        (filtered("a"), UNFILTERED)
    );
    assert_one_line(&fleet);
}

#[test]
fn a_fetched_module_that_is_new_updated_its_routes_are_closed() {
    let fleet = Fleet::start(|modules| vec![listener(filter(Fetched(0), good("a"), modules))]);
    assert_eq!(fleet.get("/filtered"), filtered("a"));
    fleet.update(listener(filter(Fetched(1), bad(), &fleet.modules)));
    wait_for("the new listener", || fleet.get("/filtered") == closed());
    assert_eq!(fleet.get("/other"), UNFILTERED);
    assert_eq!(fleet.stat("listener_manager.lds.update_rejected"), 0);
    assert_one_line(&fleet);
}

/// It is not there, or it is another one than its sha256 says.
#[test]
fn a_module_that_cannot_be_fetched_closes_its_routes() {
    for answer in [response(404, &[], ""), response(200, &[], "another")] {
        let fleet = Fleet::start(|modules| {
            let listener = listener(filter(Fetched(0), good("a"), modules));
            modules.answer([answer]);
            vec![listener]
        });
        assert_eq!(
            (fleet.get("/filtered"), fleet.get("/other")),
            (closed(), UNFILTERED)
        );
        assert_eq!(fleet.refused(), []);
    }
}

#[test]
fn the_access_log_tells_a_closed_route() {
    let folder = setup::scratch();
    let file = folder.path().join("access.log");
    let fleet = Fleet::start(|modules| {
        let filter = HttpFilter::native("headers", filter(Fetched(0), bad(), modules));
        let listener = Listener::new("main").filter(filter);
        let listener = listener.access_log(AccessLog::lines(&file));
        let listener = listener.route(Route::prefix("/").direct(200, ""));
        vec![listener.to_json(setup::envoy().version())]
    });
    assert_eq!(fleet.get("/filtered"), closed());
    drop(fleet);
    let log = fs::read_to_string(file).unwrap();
    assert!(log.contains(" 503 wasm_fail_stream "), "{log}");
}
