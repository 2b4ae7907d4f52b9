//! `render`: what it prints for each platform, and what it refuses.

use serde_json::{Value, json};

use crate::command::{Answer, hachure_with};

const FILE: &str = "\
upstreams:
  orders: {address: \"orders.shop.svc.cluster.local:80\"}
  idp: {tls: {address: \"id.example.com:443\", authorities: ca.pem}}
  limits: {grpc: \"limits.shop.svc.cluster.local:8081\"}
filters:
  - filter: jwt-validation
    config:
      providers:
        - name: shop
          issuer: https://id.example.com
          audiences: [orders]
          keys: {remote: {url: \"https://id.example.com/keys\", upstream: idp}}
  - name: daily
    filter: quota
    failOpen: true
    config:
      service: {upstream: limits, domain: shop}
      limits: [{name: daily, quota: {limit: 5, window: day}, key: [address], store: service}]
  - filter: version-rewrite
    config: {sources: [{path: {template: \"/v{version}\"}}], versions: [{name: \"1\"}]}
routes:
  - {prefix: /, upstream: orders}
attach:
  name: orders
  namespace: shop
  targets:
    - {kind: HTTPRoute, name: orders}
    - {kind: HTTPProxy, name: orders}
    - {kind: Gateway, name: edge, sectionName: https}
    - {kind: Service, name: orders}
  modules: {http: \"https://modules.example.com/hachure/\"}
";

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn render(file: &str, platform: &str) -> Answer {
    let files = [
        ("edge.yaml", file),
        (
            "ca.pem",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        ),
        ("jwt-validation.wasm", ""),
        ("quota.wasm", ""),
        ("version-rewrite.wasm", ""),
    ];
    hachure_with(
        &files,
        &["render", "edge.yaml", "--modules", ".", "--for", platform],
    )
}

fn documents(answer: &Answer) -> Vec<Value> {
    assert_eq!(
        (answer.code, answer.err.as_str()),
        (0, ""),
        "{}",
        answer.out
    );
    let documents = hachure_yaml::parse_all(&answer.out);
    let documents = documents.unwrap_or_else(|why| panic!("{why}: {}", answer.out));
    documents
        .into_iter()
        .map(|document| document.value)
        .collect()
}

fn at(value: &Value, pointer: &str) -> Value {
    value.pointer(pointer).cloned().unwrap_or_default()
}

#[test]
fn envoy_gateway_gets_a_policy_and_the_clusters_that_it_names() {
    let answer = render(FILE, "envoy-gateway");
    let documents = documents(&answer);
    let [policy, proxy] = documents.as_slice() else {
        panic!("{}", answer.out)
    };
    let targets = at(policy, "/spec/targetRefs");
    let kinds: Vec<_> = targets
        .as_array()
        .unwrap()
        .iter()
        .map(|one| at(one, "/kind"))
        .collect();
    assert_eq!(kinds, ["HTTPRoute", "Gateway"]);
    assert_eq!(at(&targets, "/1/sectionName"), "https");
    for left in ["HTTPProxy orders", "Service orders"] {
        let said = format!("# NOT ATTACHED: {left} is no target of a filter for Envoy Gateway.");
        assert!(answer.out.contains(&said), "{}", answer.out);
    }
    for (i, root_id) in ["jwt-validation", "quota", "version-rewrite"]
        .iter()
        .enumerate()
    {
        let entry = at(policy, &format!("/spec/wasm/{i}"));
        let url = format!("https://modules.example.com/hachure/{root_id}.wasm");
        let code = json!({"type": "HTTP", "http": {"url": url, "sha256": NOTHING}});
        assert_eq!(
            (at(&entry, "/rootID"), at(&entry, "/code")),
            (json!(root_id), code)
        );
        assert_eq!(at(&entry, "/failOpen"), i == 1);
    }
    assert_eq!(at(policy, "/spec/wasm/1/name"), "daily");
    let clusters = json!({"idp": "hachure/shop/orders/idp"});
    assert_eq!(at(policy, "/spec/wasm/0/config/upstreams"), clusters);
    assert_eq!(at(policy, "/spec/wasm/2/config/headersHeld"), false);

    let bootstrap = at(proxy, "/spec/bootstrap/value");
    let bootstrap = hachure_yaml::parse(bootstrap.as_str().unwrap())
        .unwrap()
        .value;
    let made = at(&bootstrap, "/static_resources/clusters");
    let names: Vec<_> = made
        .as_array()
        .unwrap()
        .iter()
        .map(|one| at(one, "/name"))
        .collect();
    assert_eq!(
        names,
        ["hachure/shop/orders/idp", "hachure/shop/orders/limits"]
    );
    let authorities = "/transport_socket/typed_config/common_tls_context/validation_context/\
                       trusted_ca/inline_string";
    assert!(
        at(&made[0], authorities)
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN")
    );
    assert!(at(&bootstrap, "/stats_config/stats_tags/0/regex").is_string());
}

#[test]
fn contour_gets_its_upstreams_declared() {
    let file = FILE.replace("    - {kind: HTTPRoute, name: orders}\n", "");
    let answer = render(&file, "contour");
    let documents = documents(&answer);
    let [policy, authorities] = documents.as_slice() else {
        panic!("{}", answer.out)
    };
    let ca = json!({"kind": "ConfigMap", "name": "orders-idp-authorities", "key": "ca.crt"});
    let service = json!({"name": "limits", "port": 8081, "scheme": "grpc"});
    let expected = json!([
        {"name": "idp", "url": "https://id.example.com:443", "ca": ca},
        {"name": "limits", "service": service},
    ]);
    assert_eq!(at(policy, "/spec/upstreams"), expected);
    assert!(at(policy, "/spec/wasm/0/config/upstreams").is_null());
    assert_eq!(at(policy, "/spec/wasm/2/config/headersHeld"), true);
    let catalog = json!({"name": "quota", "version": "0.1.0"});
    assert_eq!(at(policy, "/spec/wasm/1/code/catalog"), catalog);
    assert_eq!(at(authorities, "/metadata/name"), "orders-idp-authorities");
}

#[test]
fn istio_gets_a_plugin_for_each_filter_in_order() {
    let documents = documents(&render(FILE, "istio"));
    let kinds: Vec<_> = documents.iter().map(|one| at(one, "/kind")).collect();
    let plugins = ["WasmPlugin"; 3];
    let of_upstreams = ["ServiceEntry", "Secret", "DestinationRule"];
    assert_eq!(kinds, [plugins, of_upstreams].concat());
    let priorities: Vec<_> = documents
        .iter()
        .map(|one| at(one, "/spec/priority"))
        .collect();
    assert_eq!(priorities[..3], [1000, 990, 980]);
    assert_eq!(at(&documents[1], "/spec/pluginName"), "quota");
    assert_eq!(at(&documents[1], "/spec/failStrategy"), "FAIL_OPEN");
    let cluster = json!({"limits": "outbound|8081||limits.shop.svc.cluster.local"});
    assert_eq!(at(&documents[1], "/spec/pluginConfig/upstreams"), cluster);
}

#[test]
fn cilium_gets_envoys_resources() {
    let documents = documents(&render(FILE, "cilium"));
    let spec = at(&documents[0], "/spec");
    let listener = json!([{"name": "orders", "namespace": "shop", "listener": "orders"}]);
    assert_eq!(at(&spec, "/services"), listener);
    let resources = at(&spec, "/resources");
    let names: Vec<_> = resources
        .as_array()
        .unwrap()
        .iter()
        .map(|one| at(one, "/name"))
        .collect();
    assert_eq!(
        names,
        ["orders", "idp", "limits", "orders", "hachure/modules"]
    );
    assert!(at(&resources[0], "/address").is_null());
    assert_eq!(
        at(&resources[2], "/eds_cluster_config/service_name"),
        "shop/limits:8081"
    );
    let text = resources[0].to_string();
    assert!(text.contains(r#"shop/orders/limits"#), "{text}");
}

#[test]
fn envoy_gets_a_bootstrap_with_the_files_routes() {
    let documents = documents(&render(FILE, "envoy"));
    let manager = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let manager = at(&documents[0], manager);
    assert_eq!(at(&manager, "/normalize_path"), true);
    assert_eq!(at(&manager, "/merge_slashes"), true);
    assert_eq!(
        at(&manager, "/path_with_escaped_slashes_action"),
        "UNESCAPE_AND_REDIRECT"
    );
    let plugin = at(&manager, "/http_filters/1/typed_config/config");
    assert_eq!(at(&plugin, "/failure_policy"), "FAIL_OPEN");
    assert_eq!(at(&plugin, "/vm_config/code/remote/sha256"), NOTHING);
    let from_files = FILE.replace(
        "  modules: {http: \"https://modules.example.com/hachure/\"}\n",
        "",
    );
    let answer = render(&from_files, "envoy");
    for said in ["# - quota.wasm has to have the SHA-256", NOTHING] {
        assert!(answer.out.contains(said), "{}", answer.out);
    }
}

#[test]
fn what_cannot_be_attached_is_refused() {
    let wrong_order = FILE.replace("filters:\n", "filters:\n  - filter: quota\n    config: {limits: [{name: a, rate: {limit: 1, per: 1s}}]}\n");
    let no_targets = "  targets: [{kind: Ingress, name: orders}]\n  modules";
    let only = |targets: &str| {
        let (head, rest) = FILE.split_once("  targets:\n").unwrap();
        let (_, modules) = rest.split_once("  modules").unwrap();
        format!("{head}{targets}{modules}")
    };
    let (without, _) = FILE.split_once("attach:\n").unwrap();
    let unknown = FILE.replace("upstream: limits", "upstream: nobody");
    let written = FILE.replace(
        "      service:",
        "      upstreams: {limits: mine}\n      service:",
    );
    let example = FILE.replace(
        "{address: \"orders.shop.svc.cluster.local:80\"}",
        "{example: orders}",
    );
    for (file, platform, why) in [
        (wrong_order, "envoy-gateway", "has to stand before quota"),
        (
            only(no_targets),
            "envoy-gateway",
            "Envoy Gateway attaches filters to Gateway, HTTPRoute, GRPCRoute",
        ),
        (
            without.to_owned(),
            "contour",
            "the file does not say what to attach to: add `attach`",
        ),
        (
            unknown,
            "envoy-gateway",
            "daily: its config names the upstream `nobody`",
        ),
        (
            written,
            "contour",
            "daily: its config has the key `upstreams`",
        ),
        (example, "envoy", "the upstream orders is an example server"),
        (
            FILE.replace(
                "name: orders}\n    - {kind: HTTPProxy",
                "name: orders, sectionName: a}\n    - {kind: HTTPProxy",
            ),
            "contour",
            "HTTPRoute orders, section a: ",
        ),
        (
            FILE.replace("namespace: shop", "namespace: Shop"),
            "contour",
            "error: attach.namespace: ",
        ),
    ] {
        let answer = render(&file, platform);
        assert_eq!(
            (answer.code, answer.out.as_str()),
            (1, ""),
            "{}",
            answer.err
        );
        assert!(answer.err.contains(why), "{why} is not in {}", answer.err);
    }
}
