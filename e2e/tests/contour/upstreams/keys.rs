//! `jwt-validation` with keys of a real provider.

use std::thread::sleep;
use std::time::Duration;

use hachure_e2e::cluster::{Forward, namespace, objects};
use hachure_e2e::services::{Authority, OpenIdProvider, Shape};
use hachure_e2e::setup::repository;
use serde_json::json;

use super::{AUDIENCE, ISSUER, ask, authority, bearing, clusters, policy_of, tokens, until};
use crate::load::Load;
use crate::stage::{NAMESPACE, Stage};

fn good() -> (u16, String) {
    (200, String::new())
}

fn unavailable() -> (u16, String) {
    (503, "keys_unavailable".to_owned())
}

fn token(provider: &OpenIdProvider) -> String {
    provider.token(AUDIENCE, &json!({}))
}

pub(crate) fn keys_come_over_tls_from_whom_the_authority_says(stage: &mut Stage) {
    let host = "tokens.example.com";
    let [right, wrong] = ["of the provider", "of nobody"].map(Authority::new);
    let [one, two, three] = namespace::SERVICES;
    let by_address = right.issue(&one.to_string());
    let provider = OpenIdProvider::start_with_tls(ISSUER, Shape::Plain, &by_address);
    let forward = Forward::start(one, provider.address());
    let proxy = stage.proxy("tokens");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);

    let rights = "manifests/contour-extension/upstream-authorities.yaml";
    stage.cluster.apply_file(&repository().join(rights));
    // By another's authority nothing is fetched, and nothing is open.
    stage.cluster.apply(&authority("idp", &wrong.pem()));
    let ca = json!({"kind": "ConfigMap", "name": "idp"});
    let url = format!("https://{}", forward.address());
    let upstream = json!([{"name": "idp", "url": url, "ca": ca}]);
    let policy = policy_of("tokens", upstream, &[("jwt-validation", tokens(&provider))]);
    stage.cluster.apply(&policy);
    stage.until(host, |answer| answer.status() == 401);
    stage.until_condition(&policy, "ResolvedRefs", "ResolvedRefs");
    stage.until_condition(&policy, "Programmed", "Programmed");
    assert_eq!(ask(stage, host, &token(&provider)), unavailable());
    // Nor by those of Envoy's system.
    let of_system = json!([{"name": "idp", "url": url}]);
    let policy_of_system = policy_of(
        "tokens",
        of_system,
        &[("jwt-validation", tokens(&provider))],
    );
    stage.cluster.apply(&policy_of_system);
    stage.until_condition(&policy_of_system, "Programmed", "Programmed");
    assert_eq!(ask(stage, host, &token(&provider)), unavailable());
    assert_eq!(provider.keys_asked(), 0);

    // The authority is changed where it stands.
    stage.cluster.apply(&policy);
    stage.cluster.apply(&authority("idp", &right.pem()));
    until(|| ask(stage, host, &token(&provider)) == good());
    assert_eq!(ask(stage, host, "none.of.it").0, 401);
    // It goes: what was good stays.
    stage.cluster.delete(&authority("idp", ""));
    let why = stage.until_condition(&policy, "ResolvedRefs", "InvalidCACertificateRef");
    assert_eq!(why, "spec.upstreams[0].ca: there is no ConfigMap shop/idp");
    stage.until_condition(&policy, "Accepted", "Accepted");
    assert_eq!(ask(stage, host, &token(&provider)), good());

    // A Service is verified by its name, and its keys are not those of the server before.
    stage.cluster.apply(&authority("idp", &right.pem()));
    let by_name = right.issue("idp.shop.svc");
    let another = OpenIdProvider::start_with_tls(ISSUER, Shape::Plain, &by_name);
    let [named, misnamed] = [two, three].map(|at| Forward::start(at, another.address()));
    let services = [("idp", &named), ("other", &misnamed)].map(|(name, forward)| {
        let service = objects::cluster_ip(NAMESPACE, name, forward.address());
        stage.cluster.apply(&service);
        let port = forward.address().port();
        let service_ref = json!({"name": name, "port": port, "scheme": "https"});
        let upstream = json!([{"name": "idp", "service": service_ref, "ca": ca}]);
        let policy = policy_of("tokens", upstream, &[("jwt-validation", tokens(&another))]);
        (service, policy)
    });
    let [(_, right_name), (_, wrong_name)] = &services;
    stage.cluster.apply(right_name);
    until(|| ask(stage, host, &token(&another)) == good());
    assert_eq!(ask(stage, host, &token(&provider)).0, 401);
    stage.cluster.apply(wrong_name);
    until(|| ask(stage, host, &token(&another)) == unavailable());

    // The policy goes, and its clusters with it.
    assert!(!clusters(stage, "tokens").is_empty());
    stage.cluster.delete(&policy);
    stage.until(host, |answer| answer.status() == 200);
    until(|| clusters(stage, "tokens").is_empty());
    for (service, _) in &services {
        stage.cluster.delete(service);
    }
    stage.cluster.delete(&authority("idp", ""));
    stage.cluster.delete(&proxy);
}

pub(crate) fn a_service_has_the_keys_and_another_takes_over_without_a_failed_request(
    stage: &mut Stage,
) {
    let host = "handover.example.com";
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let [one, two, _] = namespace::SERVICES;
    let [before, after] = [one, two].map(|at| Forward::start(at, provider.address()));
    let proxy = stage.proxy("handover");
    let service = objects::cluster_ip(NAMESPACE, "keys", before.address());
    let port = before.address().port();
    let upstream = json!([{"name": "idp", "service": {"name": "keys", "port": port}}]);
    let policy = policy_of(
        "handover",
        upstream,
        &[("jwt-validation", tokens(&provider))],
    );
    for object in [&proxy, &service, &policy] {
        stage.cluster.apply(object);
    }
    let token = token(&provider);
    until(|| ask(stage, host, &token) == good());
    stage.until_condition(&policy, "Programmed", "Programmed");

    let load = Load::sending(stage, bearing(host, &token));
    let asked = provider.keys_asked();
    let url = format!("http://{}", after.address());
    let upstream =
        json!([{"name": "idp", "url": url, "timeouts": {"connect": "2s", "idle": "1m"}}]);
    let changed = policy_of(
        "handover",
        upstream,
        &[("jwt-validation", tokens(&provider))],
    );
    stage.cluster.apply(&changed);
    stage.until_condition(&changed, "Programmed", "Programmed");
    until(|| provider.keys_asked() > asked);
    // A few more requests see the end. Connections that are older may still call what was before.
    sleep(Duration::from_millis(500));
    assert_eq!(clusters(stage, "handover").len(), 2);
    assert_eq!(load.end(), [(200, String::new())]);

    for object in [&policy, &service, &proxy] {
        stage.cluster.delete(object);
    }
}
