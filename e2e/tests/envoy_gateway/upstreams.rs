//! How a filter gets a cluster that it can call: Envoy Gateway has no field for one.

use std::net::{IpAddr, SocketAddr};

use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};
use hachure_e2e::cluster::namespace;
use hachure_e2e::relay::Relay;
use hachure_e2e::request;
use hachure_e2e::services::{Authority, OpenIdProvider, RateLimit, Redis, Shape};
use serde_json::{Value, json};

use crate::stage::{GATEWAY, NAMESPACE, Stage, get, to};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// The config of `jwt-validation` for a provider whose keys come from that cluster.
fn tokens(provider: &OpenIdProvider, cluster: &str) -> Value {
    json!({
        "providers": [{
            "name": "id",
            "issuer": provider.issuer(),
            "audiences": [AUDIENCE],
            "keys": {"remote": {"url": provider.keys_url(), "upstream": "id"}},
        }],
        "upstreams": {"id": cluster},
    })
}

/// A route to something that filters call: Envoy Gateway makes the cluster
/// `httproute/<namespace>/<name>/rule/0` of it. Clients are refused there.
fn closed_route(name: &str, address: SocketAddr, more: Value) -> [Value; 3] {
    let mut backend = objects::backend(NAMESPACE, name, address);
    for (key, value) in more.as_object().into_iter().flatten() {
        backend["spec"][key] = value.clone();
    }
    let host = format!("{name}.upstreams.internal");
    let route = objects::http_route(NAMESPACE, name, GATEWAY, &host, &objects::to_backend(name));
    let deny = json!({"authorization": {"defaultAction": "Deny"}});
    let target = Target::route(name);
    let closed = objects::policy("SecurityPolicy", NAMESPACE, name, &target, deny);
    [closed, backend, route]
}

fn cluster(name: &str) -> String {
    format!("httproute/{NAMESPACE}/{name}/rule/0")
}

/// A route whose requests need a token of the provider, and a token that lets one through.
fn tokens_are_checked(stage: &Stage, name: &str, provider: &OpenIdProvider, cluster: &str) {
    let route = stage.route(name);
    stage.cluster.apply(&route);
    let filter = stage.wasm("jwt-validation", &tokens(provider, cluster));
    let policy = stage.policy(name, &[filter]);
    stage.cluster.apply(&policy);
    let host = format!("{name}.example.com");
    stage.until(&get(&host), |answer| answer.status() == 401);
    stage.until_condition(&policy, "Accepted", "True");
    let token = provider.token(AUDIENCE, &json!({}));
    let value = format!("Bearer {token}");
    let sent = to(&host, request("GET", "/", &[("authorization", &value)]));
    // Keys are fetched in the background.
    stage.until(&sent, |answer| answer.status() == 200);
    for object in [&policy, &route] {
        stage.cluster.delete(object);
    }
}

pub(crate) fn keys_come_through_a_route_that_clients_cannot_use(stage: &mut Stage) {
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let relay = Relay::start(IpAddr::V4(namespace::ADDRESS), provider.address());
    let objects = closed_route("id", relay.address(), json!({}));
    objects
        .iter()
        .for_each(|object| stage.cluster.apply(object));
    tokens_are_checked(stage, "tokens", &provider, &cluster("id"));
    let asked = provider.keys_asked();
    assert!(asked > 0);
    let answer = stage.get("id.upstreams.internal").unwrap();
    assert_eq!((answer.status(), provider.keys_asked()), (403, asked));
    objects
        .iter()
        .for_each(|object| stage.cluster.delete(object));
}

pub(crate) fn keys_come_over_tls_that_is_verified(stage: &mut Stage) {
    let authority = Authority::new("the provider's");
    let identity = authority.issue("id.example.com");
    let provider = OpenIdProvider::start_with_tls(ISSUER, Shape::Plain, &identity);
    let relay = Relay::start(IpAddr::V4(namespace::ADDRESS), provider.address());
    let trusted = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": NAMESPACE, "name": "id-authority"},
        "data": {"ca.crt": authority.pem()},
    });
    let reference = json!({"group": "", "kind": "ConfigMap", "name": "id-authority"});
    let tls = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "BackendTLSPolicy",
        "metadata": {"namespace": NAMESPACE, "name": "id-tls"},
        "spec": {
            "targetRefs": [{
                "group": "gateway.envoyproxy.io", "kind": "Backend", "name": "id-tls",
            }],
            "validation": {"hostname": "id.example.com", "caCertificateRefs": [reference]},
        },
    });
    let mut objects = closed_route("id-tls", relay.address(), json!({})).to_vec();
    objects.extend([trusted, tls.clone()]);
    objects
        .iter()
        .for_each(|object| stage.cluster.apply(object));
    tokens_are_checked(stage, "tokens-tls", &provider, &cluster("id-tls"));
    objects
        .iter()
        .for_each(|object| stage.cluster.delete(object));
}

pub(crate) fn keys_come_through_a_patch_of_the_configuration(stage: &mut Stage) {
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let address = provider.address();
    let socket = json!({"address": address.ip(), "port_value": address.port()});
    let endpoint = json!({"endpoint": {"address": {"socket_address": socket}}});
    let cluster = json!({
        "name": "outbound-id",
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {
            "cluster_name": "outbound-id",
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    });
    let patch = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "EnvoyPatchPolicy",
        "metadata": {"namespace": NAMESPACE, "name": "outbound-id"},
        "spec": {
            "targetRef": {
                "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": GATEWAY,
            },
            "type": "JSONPatch",
            "jsonPatches": [{
                "type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
                "name": "outbound-id",
                "operation": {"op": "add", "path": "", "value": cluster},
            }],
        },
    });
    stage.cluster.apply(&patch);
    stage.until_condition(&patch, "Programmed", "True");
    tokens_are_checked(stage, "tokens-patch", &provider, "outbound-id");
    stage.cluster.delete(&patch);
}

pub(crate) fn a_quota_is_kept_by_a_rate_limit_service(stage: &mut Stage) {
    let redis = Redis::start();
    let service = RateLimit::start(&redis, &json!({"domain": "shop"}));
    let relay = Relay::start(IpAddr::V4(namespace::ADDRESS), service.address());
    let grpc = json!({"appProtocols": ["gateway.envoyproxy.io/h2c"]});
    let objects = closed_route("limits", relay.address(), grpc);
    objects
        .iter()
        .for_each(|object| stage.cluster.apply(object));
    let route = stage.route("counted");
    stage.cluster.apply(&route);
    let config = json!({
        "service": {"upstream": "limits", "domain": "shop", "timeout": "2s"},
        "limits": [{
            "name": "yearly",
            "quota": {"limit": 2, "window": "year"},
            "store": "service",
            "key": [{"header": "x-key"}],
            "onMissingKey": "skip",
            "onFailure": "deny",
        }],
        "upstreams": {"limits": cluster("limits")},
    });
    let policy = stage.policy("counted", &[stage.wasm("quota", &config)]);
    stage.cluster.apply(&policy);
    let host = "counted.example.com";
    stage.until(&get(host), |answer| answer.status() == 200);
    stage.until_condition(&policy, "Accepted", "True");
    let keyed = |key: &str| to(host, request("GET", "/", &[("x-key", key)]));
    // Until the filter is there nothing is counted.
    stage.until(&keyed("first"), |answer| answer.status() == 429);
    let statuses = [(); 3].map(|()| stage.send(&keyed("second")).unwrap().status());
    assert_eq!(statuses, [200, 200, 429]);
    stage.cluster.delete(&policy);
    stage.cluster.delete(&route);
    objects
        .iter()
        .for_each(|object| stage.cluster.delete(object));
}
