//! Virtual hosts with TLS: each has a connection manager of its own, and plain HTTP redirects to it.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_e2e::cluster::objects;
use hachure_e2e::services::Authority;
use hachure_e2e::tls::TlsConnection;
use serde_json::json;

use crate::stage::{NAMESPACE, Stage};

/// The Secret of the certificate for clients that name no host, as Contour is told.
const FALLBACK: &str = hachure_e2e::cluster::FALLBACK;
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn hosts_with_tls_are_filtered_each_by_itself(stage: &mut Stage) {
    let authority = Authority::new("of the hosts");
    let hosts = ["secure", "other"];
    for name in hosts {
        let identity = authority.issue(&format!("{name}.example.com"));
        stage
            .cluster
            .apply(&objects::tls_secret(NAMESPACE, name, &identity));
        let mut proxy = stage.proxy(name);
        if let Some(host) = proxy.pointer_mut("/spec/virtualhost") {
            *host = json!({"fqdn": format!("{name}.example.com"), "tls": {"secretName": name}});
        }
        stage.cluster.apply(&proxy);
    }
    let open = |name: &str| {
        TlsConnection::open(
            stage.edge.https(),
            &format!("{name}.example.com"),
            &authority,
        )
    };
    let ask = |name: &str| open(name).and_then(|mut connection| connection.get());
    let until = |name: &str, header: &str| {
        let start = Instant::now();
        loop {
            let answer = ask(name);
            let right = answer.as_ref().is_ok_and(|answer| {
                answer.status == 200
                    && answer.head.contains("x-policy") != header.is_empty()
                    && answer.head.contains(header)
            });
            if right {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{name}: {answer:?}");
            sleep(Duration::from_millis(20));
        }
    };
    hosts.iter().for_each(|name| until(name, ""));
    // What the property tests of the splice read: contour-extension/tests/data.
    if let Some(folder) = std::env::var_os("HACHURE_RECORD") {
        stage.extension.record(Path::new(&folder));
    }
    let mut older = open("secure").unwrap();
    assert_eq!(older.get().unwrap().status, 200);

    // Before everything but Contour's check for misdirected requests.
    let mut policy = stage.policy("secure", "first");
    let filter = policy
        .pointer_mut("/spec/wasm/0")
        .and_then(|filter| filter.as_object_mut());
    filter.unwrap().insert("position".into(), json!("first"));
    stage.cluster.apply(&policy);
    until("secure", "x-policy: first");
    stage.until_condition(&policy, "Programmed", "Programmed");
    assert!(!ask("other").unwrap().head.contains("x-policy"));
    // What only redirects to it is left alone.
    let redirect = stage.get("secure.example.com").unwrap();
    assert_eq!(
        (redirect.status(), redirect.text("x-policy").as_str()),
        (301, "")
    );
    let start = Instant::now();
    let answer = loop {
        let answer = older.get().unwrap();
        if answer.status != 200 {
            break answer;
        }
        assert!(start.elapsed() < LIMIT, "unfiltered");
        sleep(Duration::from_millis(50));
    };
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.starts_with("This connection is older"));

    stage.cluster.delete(&policy);
    until("secure", "");
    assert_eq!(older.get().unwrap().status, 200);
    hosts
        .iter()
        .for_each(|name| stage.cluster.delete(&stage.proxy(name)));
}

pub(crate) fn a_client_that_names_no_host_is_filtered_too(stage: &mut Stage) {
    let authority = Authority::new("of the fallback");
    for name in ["nameless", FALLBACK] {
        // The same name in both: whoever names no host gets the second one.
        let identity = authority.issue("nameless.example.com");
        stage
            .cluster
            .apply(&objects::tls_secret(NAMESPACE, name, &identity));
    }
    let mut proxy = stage.proxy("nameless");
    let tls = json!({"secretName": "nameless", "enableFallbackCertificate": true});
    if let Some(host) = proxy.pointer_mut("/spec/virtualhost") {
        *host = json!({"fqdn": "nameless.example.com", "tls": tls});
    }
    stage.cluster.apply(&proxy);
    let policy = stage.policy("nameless", "one");
    let until = |header: &str| {
        let start = Instant::now();
        loop {
            let address = stage.edge.https();
            let connection =
                TlsConnection::open_nameless(address, "nameless.example.com", &authority);
            let answer = connection.and_then(|mut connection| connection.get());
            let right = answer.as_ref().is_ok_and(|answer| {
                answer.status == 200 && answer.head.contains("x-policy: one") != header.is_empty()
            });
            if right {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{answer:?}");
            sleep(Duration::from_millis(20));
        }
    };
    until("");
    stage.cluster.apply(&policy);
    until("one");
    stage.until_condition(&policy, "Programmed", "Programmed");
    stage.cluster.delete(&policy);
    until("");
    stage.cluster.delete(&proxy);
}
