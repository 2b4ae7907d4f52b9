//! The demo, as `make demo` runs it: real Envoy with every filter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hachure_e2e::services::{Authority, OpenIdProvider, Shape};
use hachure_e2e::setup;
use serde_json::json;

/// `hachure run` with what is the same for every call. Cargo becomes the program, so that signals
/// go there.
fn run(files: &[PathBuf]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "hachure", "--", "run"]);
    command
        .args(files)
        .arg("--envoy")
        .arg(setup::envoy().path());
    command.current_dir(setup::repository());
    command
}

/// The demo of each filter.
fn demos() -> Vec<PathBuf> {
    let filters = setup::filters().into_iter();
    filters
        .map(|name| {
            setup::repository()
                .join("filters")
                .join(name)
                .join("demo.yaml")
        })
        .collect()
}

fn checked(files: &[PathBuf]) -> Output {
    run(files)
        .args(["--port", "0", "--check"])
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_request_of_the_demo_comes_out_as_it_says() {
    let output = checked(&demos());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    assert!(
        out.contains("requests as expected\n") && !out.contains("FAILED"),
        "{out}"
    );
    // Each alone, too.
    for demo in demos() {
        let output = checked(std::slice::from_ref(&demo));
        assert!(
            output.status.success(),
            "{}: {}",
            demo.display(),
            text(&output.stdout)
        );
    }
}

#[test]
fn a_request_that_comes_out_otherwise_fails_the_check() {
    let demo = fs::read_to_string(setup::repository().join("filters/cors/demo.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("demo.yaml");
    fs::write(&wrong, demo.replacen("status: 204", "status: 200", 1)).unwrap();
    let output = checked(&[wrong]);
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(
        out.contains("FAILED OPTIONS /v1/orders/1001 -> 204"),
        "{out}"
    );
    assert!(out.contains("status: expected 200, got 204"), "{out}");
}

/// What comes of a try that asks a server over TLS, whose certificate is of `issuer` for `name`.
fn over_tls(issuer: &Authority, name: &str, trusted: &Authority) -> Output {
    let identity = issuer.issue(name);
    let url = "https://id.example.com";
    let provider = OpenIdProvider::start_with_tls(url, Shape::Plain, &identity);
    let folder = setup::scratch();
    let (file, authorities) = (folder.path().join("run.yaml"), folder.path().join("ca.pem"));
    fs::write(&authorities, trusted.pem()).unwrap();
    let address = provider.address();
    let tls = json!({
        "address": address, "serverName": "id.example.com", "authorities": authorities,
    });
    let request = json!({"path": "/.well-known/openid-configuration"});
    let config = json!({
        "upstreams": {"id": {"tls": tls}},
        "routes": [{"prefix": "/", "upstream": "id"}],
        "tries": [{
            "shows": "the provider answers",
            "request": request,
            "expect": {"status": 200, "bodyContains": [url]},
        }],
    });
    fs::write(&file, config.to_string()).unwrap();
    checked(&[file])
}

#[test]
fn an_upstream_over_tls_is_verified() {
    let [authority, other] = ["Test CA", "Other CA"].map(Authority::new);
    let good = over_tls(&authority, "id.example.com", &authority);
    assert!(good.status.success(), "{}", text(&good.stdout));
    for bad in [
        over_tls(&authority, "id.example.com", &other),
        over_tls(&authority, "other.example.com", &authority),
    ] {
        let out = text(&bad.stdout);
        assert!(out.contains("status: expected 200, got 503"), "{out}");
    }
}

#[test]
fn a_taken_port_is_named_with_the_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (options, option) in [
        (&["--port", &port][..], "--port"),
        (&["--port", "0", "--admin-port", &port], "--admin-port"),
    ] {
        let output = run(&demos()).args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let expected = format!("error: port {port} is taken: choose another with {option}\n");
        assert_eq!(text(&output.stderr), expected);
    }
}

/// A demo that stays up. Dropping it ends it in any case.
struct Demo {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
    envoy: u32,
}

impl Demo {
    fn start() -> Self {
        let mut command = run(&demos());
        command
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.ends_with("logged here:\n") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        let (_, behind) = said.split_once("serving on http://").expect("an address");
        let address = behind.split(' ').next().unwrap().parse().unwrap();
        let line = format!("curl -i http://{address}/v1/orders\n");
        assert!(said.contains(&line), "{said}");
        let envoy = child_of(child.id()).expect("an Envoy");
        Self {
            child,
            lines,
            address,
            envoy,
        }
    }

    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args(["-s", name, &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process whose parent has this id.
fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.find(|id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // `<id> (<name>) <state> <parent> …`
        let behind = stat.rsplit(") ").next().unwrap_or_default();
        behind.split(' ').nth(1) == Some(&parent.to_string())
    })
}

fn ends_soon(process: u32) -> bool {
    let limit = Instant::now() + Duration::from_secs(10);
    while Instant::now() < limit {
        if !Path::new(&format!("/proc/{process}")).exists() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn refusals_are_logged_and_an_interrupt_ends_everything() {
    for signal in ["INT", "TERM"] {
        let mut demo = Demo::start();
        let mut client = TcpStream::connect(demo.address).unwrap();
        client
            .write_all(b"GET /v9/orders HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .unwrap();
        client.read_to_end(&mut Vec::new()).unwrap();
        let mut line = String::new();
        demo.lines.read_line(&mut line).unwrap();
        let expected = "filter=version-rewrite reason=unknown_in_path";
        assert!(
            line.contains("GET /v9/orders 404") && line.contains(expected),
            "{line}"
        );

        demo.signal(signal);
        let status = demo.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "after SIG{signal}");
        assert!(ends_soon(demo.envoy), "Envoy is still there");
        assert!(
            TcpStream::connect(demo.address).is_err(),
            "something still listens"
        );
    }
}
