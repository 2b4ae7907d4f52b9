//! What cannot be called, and what is not there.

use hachure_e2e::cluster::{Forward, namespace, objects};
use hachure_e2e::services::Authority;
use hachure_e2e::setup::closed_port;
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, policy_of, until};
use crate::stage::{NAMESPACE, Stage};

/// `jwt-validation` that names an upstream, and has more members.
fn naming(upstream: &str, more: &Value) -> Value {
    let remote = json!({"url": format!("{ISSUER}/jwks"), "upstream": upstream});
    let keys = json!({"remote": remote});
    let provider = json!({"name": "p", "issuer": ISSUER, "audiences": [AUDIENCE], "keys": keys});
    let mut config = json!({"providers": [provider]});
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

pub(crate) fn what_is_not_declared_cannot_be_called(stage: &mut Stage) {
    let host = "undeclared.example.com";
    let proxy = stage.proxy("undeclared");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let policy = |upstreams: Value, config: Value| {
        policy_of("undeclared", upstreams, &[("jwt-validation", config)])
    };
    let idp = || json!([{"name": "idp", "url": "https://id.example.com"}]);
    let config = || naming("idp", &json!({}));

    // The API server takes none of these.
    let service = json!({"name": "x", "port": 80});
    let ca = json!({"kind": "ConfigMap", "name": "x"});
    for upstreams in [
        json!([{"name": "idp"}]),
        json!([{"name": "idp", "url": "https://id.example.com", "service": service}]),
        json!([{"name": "idp", "url": "http://id.example.com", "ca": ca}]),
        json!([{"name": "idp", "service": service, "ca": ca}]),
        json!([{"name": "idp", "url": "unix:///run/x.sock"}]),
        json!([{"name": "idp", "url": "https://id.example.com/path"}]),
        json!([{"name": "i/dp", "url": "https://id.example.com"}]),
        json!([{"name": "idp", "url": "http://a.example"}, {"name": "idp", "url": "http://b.example"}]),
        json!([{"name": "idp", "url": "https://id.example.com", "insecure": true}]),
    ] {
        let refused = stage
            .cluster
            .try_apply(&policy(upstreams.clone(), config()));
        assert!(refused.is_err(), "{upstreams}");
    }

    // Nor do these get past us: nothing was good before, so the routes are closed.
    let at = "spec.wasm[0].config.providers[0].keys.remote.upstream: expected a name of \
        spec.upstreams";
    let of_upstream = "spec.upstreams[0].url: expected a server that is not Envoy's own, found";
    for (upstreams, config, expected) in [
        (
            idp(),
            naming("envoy-admin", &json!({})),
            format!("{at} (idp), found \"envoy-admin\""),
        ),
        (
            json!([]),
            naming("contour", &json!({})),
            format!("{at} (), found \"contour\""),
        ),
        (
            idp(),
            naming("idp", &json!({"upstreams": {"idp": "envoy-admin"}})),
            "spec.wasm[0].config.upstreams: expected nothing".to_owned(),
        ),
        (
            json!([{"name": "idp", "url": "http://127.0.0.1:9001"}]),
            config(),
            format!("{of_upstream} a loopback address: 127.0.0.1"),
        ),
        (
            json!([{"name": "idp", "url": "http://[::ffff:169.254.169.254]"}]),
            config(),
            format!("{of_upstream} a link-local address"),
        ),
        (
            json!([{"name": "idp", "url": "http://localhost:9001"}]),
            config(),
            format!("{of_upstream} a name of Envoy's own machine"),
        ),
    ] {
        let policy = policy(upstreams, config);
        stage.cluster.apply(&policy);
        let why = stage.until_condition(&policy, "Accepted", "Invalid");
        assert!(why.starts_with(&expected), "{why}");
        stage.until(host, |answer| answer.status() == 503);
    }
    assert_eq!(stage.get("always.example.com").unwrap().status(), 200);
    stage.cluster.delete(&policy(idp(), config()));
    stage.until(host, |answer| answer.status() == 200);
    stage.cluster.delete(&proxy);
}

pub(crate) fn what_is_not_there_closes_its_own_routes_alone(stage: &mut Stage) {
    let host = "absent.example.com";
    let proxy = stage.proxy("absent");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let [at, ..] = namespace::SERVICES;
    let forward = Forward::start(at, ([127, 0, 0, 1], closed_port()).into());
    let port = forward.address().port();
    let service = objects::cluster_ip(NAMESPACE, "absent-idp", forward.address());
    let reference = |scheme: &str| json!({"name": "absent-idp", "port": port, "scheme": scheme});
    let filters = [("jwt-validation", naming("idp", &json!({})))];
    let policy = |upstream: Value| policy_of("absent", json!([upstream]), &filters);

    let plain = policy(json!({"name": "idp", "service": reference("http")}));
    stage.cluster.apply(&plain);
    let why = stage.until_condition(&plain, "ResolvedRefs", "BackendNotFound");
    assert_eq!(
        why,
        "spec.upstreams[0].service: there is no Service shop/absent-idp"
    );
    stage.until_condition(&plain, "Accepted", "Accepted");
    stage.until(host, |answer| answer.status() == 503);
    assert_eq!(stage.get("always.example.com").unwrap().status(), 200);
    // Where it is no reason to close, it does not.
    let mut open = plain.clone();
    open["spec"]["wasm"][0]["failOpen"] = json!(true);
    stage.cluster.apply(&open);
    stage.until(host, |answer| answer.status() == 200);
    stage.cluster.apply(&plain);
    stage.until(host, |answer| answer.status() == 503);
    // It comes, and the filter runs: there is no token.
    stage.cluster.apply(&service);
    stage.until(host, |answer| answer.status() == 401);
    stage.until_condition(&plain, "Programmed", "Programmed");

    // A Secret without the key, and one whose key holds no certificate.
    let secret = |pem: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"namespace": NAMESPACE, "name": "absent-ca"},
            "stringData": {"authority.pem": pem},
        })
    };
    let ca = |key: &str| json!({"kind": "Secret", "name": "absent-ca", "key": key});
    let verified =
        |key: &str| policy(json!({"name": "idp", "service": reference("https"), "ca": ca(key)}));
    stage.cluster.apply(&secret("nothing"));
    // It may not read it, and then just this one.
    let unread = verified("ca.crt");
    stage.cluster.apply(&unread);
    let why = stage.until_condition(&unread, "ResolvedRefs", "InvalidCACertificateRef");
    assert!(
        why.starts_with("spec.upstreams[0].ca: the Secret shop/absent-ca is not shown: "),
        "{why}"
    );
    let rights = rights_for_secret("absent-ca");
    rights.iter().for_each(|object| stage.cluster.apply(object));
    for (key, expected) in [
        (
            "ca.crt",
            "spec.upstreams[0].ca: the Secret shop/absent-ca has no key ca.crt",
        ),
        (
            "authority.pem",
            "spec.upstreams[0].ca: the Secret shop/absent-ca has no usable certificates at \
             authority.pem: there is no PEM certificate",
        ),
    ] {
        let policy = verified(key);
        stage.cluster.apply(&policy);
        until(|| {
            let reason = "InvalidCACertificateRef";
            stage.until_condition(&policy, "ResolvedRefs", reason) == expected
        });
    }
    stage
        .cluster
        .apply(&secret(&Authority::new("of nobody").pem()));
    stage.until_condition(&verified("authority.pem"), "Programmed", "Programmed");
    assert_eq!(stage.get(host).unwrap().status(), 401);
    let [role, binding] = &rights;
    for object in [&plain, &service, &secret(""), &proxy, role, binding] {
        stage.cluster.delete(object);
    }
}

/// What lets the add-on follow one Secret.
fn rights_for_secret(name: &str) -> [Value; 2] {
    let api = "rbac.authorization.k8s.io";
    let metadata = json!({"namespace": NAMESPACE, "name": name});
    let account = json!({"kind": "ServiceAccount", "namespace": "projectcontour", "name": "contour-extension"});
    [
        json!({
            "apiVersion": format!("{api}/v1"), "kind": "Role", "metadata": metadata,
            "rules": [{
                "apiGroups": [""], "resources": ["secrets"], "resourceNames": [name],
                "verbs": ["list", "watch"],
            }],
        }),
        json!({
            "apiVersion": format!("{api}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": name},
            "subjects": [account],
        }),
    ]
}
