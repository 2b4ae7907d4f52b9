//! Starting, asking and ending a real Envoy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hachure_e2e::{Client, chain, request, setup};
use hachure_envoy::{AccessLog, Bootstrap, Error, Listener, Options, Process, Protocol, Route};
use serde_json::{Value, json};

fn headers(config: Value) -> Listener {
    Listener::new("main")
        .filter(setup::wasm("header-mutation", "headers", config))
        .route(Route::prefix("/").direct(200, "hello"))
}

fn good() -> Value {
    json!({"rules": [
        {"phase": "response", "operation": {"set": {"name": "x-a", "value": "b"}}},
    ]})
}

fn ends(id: u32) -> bool {
    let limit = Instant::now() + Duration::from_secs(10);
    while Instant::now() < limit {
        // A zombie has ended: it waits for its parent only.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn it_serves_counts_and_ends() {
    let envoy = setup::start(&Bootstrap::new().listener(headers(good())), 2);
    let address = envoy.process.address("main").unwrap();
    let answer = Client::new(address, Protocol::Http1)
        .send(&request("GET", "/", &[]))
        .unwrap();
    assert_eq!((answer.status(), answer.text("x-a")), (200, "b".to_owned()));
    let stats = envoy
        .process
        .stats(r"^http\.main\.downstream_rq_2xx$")
        .unwrap();
    assert_eq!(stats["http.main.downstream_rq_2xx"], 1);
    assert_eq!(envoy.process.address("other"), None);
    assert!(envoy.process.ended().is_none());
    let id = envoy.process.id();
    drop(envoy);
    assert!(
        !Path::new(&format!("/proc/{id}")).exists(),
        "Envoy {id} still runs"
    );
}

#[test]
fn it_ends_with_the_process_that_started_it() {
    let folder = setup::scratch();
    let file = folder.path().join("id");
    let mut owner = Command::new(env!("CARGO_BIN_EXE_hold-envoy"))
        .arg(&file)
        .spawn()
        .unwrap();
    let limit = Instant::now() + Duration::from_secs(60);
    let id = loop {
        if let Ok(id) = fs::read_to_string(&file).unwrap_or_default().parse::<u32>() {
            break id;
        }
        assert!(Instant::now() < limit, "no Envoy was started");
        std::thread::sleep(Duration::from_millis(50));
    };
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(ends(id), "Envoy {id} outlived its owner");
}

fn refused(bootstrap: &Bootstrap) -> Error {
    let folder = setup::scratch();
    Process::start(&setup::envoy(), bootstrap, &Options::new(folder.path())).unwrap_err()
}

#[test]
fn a_refused_filter_config_is_told_in_the_filters_words() {
    let mut config = good();
    config["rules"][0]["operation"] = json!({"set": {"nome": "x-a", "value": "b"}});
    let told = refused(&Bootstrap::new().listener(headers(config))).to_string();
    let place = "headers (header-mutation): rules[0].operation.set.nome: ";
    assert!(told.starts_with(place), "{told}");
    assert!(!told.contains('\n'), "{told}");
}

#[test]
fn any_other_refusal_is_told_in_envoys_words() {
    let route = Route::prefix("/").to("nowhere");
    let told = refused(&Bootstrap::new().listener(Listener::new("main").route(route))).to_string();
    assert!(told.starts_with("Envoy refuses the config: "), "{told}");
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn a_taken_port_is_told_with_the_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = setup::scratch();
    let bootstrap = Bootstrap::new().listener(headers(good()).port(port));
    let error = Process::start(&setup::envoy(), &bootstrap, &Options::new(folder.path()));
    let expected = format!("port {port} is taken: choose another with --port");
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn another_envoys_port_is_taken_too() {
    let envoy = setup::start(&Bootstrap::new().listener(headers(good())), 1);
    let port = envoy.process.address("main").unwrap().port();
    let folder = setup::scratch();
    let bootstrap = Bootstrap::new().listener(headers(good()).port(port));
    let error = Process::start(&setup::envoy(), &bootstrap, &Options::new(folder.path()));
    assert!(error.unwrap_err().to_string().contains("is taken"));
}

#[test]
fn the_access_log_names_reasons_and_leaves_queries_out() {
    let folder = setup::scratch();
    let file = folder.path().join("access.log");
    let listener = Listener::new("main")
        .filter(chain::versions())
        .route(Route::prefix("/").direct(200, "hello"))
        .access_log(AccessLog::lines(&file));
    let envoy = setup::start(&Bootstrap::new().listener(listener), 1);
    let client = Client::new(envoy.process.address("main").unwrap(), Protocol::Http1);
    for path in ["/v1/orders?token=secret", "/v9/orders?token=secret"] {
        client.send(&request("GET", path, &[])).unwrap();
    }
    drop(envoy);
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            "HTTP/1.1 GET /legacy/orders 200 direct_response filter=- reason=- upstream=-",
            "HTTP/1.1 GET /v9/orders 404 hachure.version-rewrite.unknown_in_path \
             filter=version-rewrite reason=unknown_in_path upstream=-",
        ]
    );
}
