//! Ways to ask for listeners that would pass the filters by, and very long answers.

use hachure_e2e::cluster::{Edge, objects};
use hachure_e2e::services::Authority;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, Stage};

/// More hosts than fit into 4 MiB of listeners: one with TLS takes 5.5 kB.
const HOSTS: usize = 900;

/// What an Envoy is told when it asks for listeners in that way.
fn refusal(stage: &Stage, change: impl FnOnce(&mut Value)) -> String {
    let envoy = Edge::start_with(&stage.extension.xds(), change);
    let told = |envoy: &Edge| {
        // Envoy shows the message as it comes, which is percent-encoded.
        let log = std::fs::read_to_string(envoy.log()).unwrap();
        let log = log.replace("%20", " ");
        let line = log.lines().find(|line| line.contains("is not served"));
        line.map(str::to_owned)
    };
    envoy.wait_until(|envoy| told(envoy).is_some());
    let said = told(&envoy).unwrap_or_default();
    let listeners = envoy.stat("listener_manager.total_listeners_active");
    assert_eq!(listeners, 0, "{said}");
    said
}

pub(crate) fn listeners_are_refused_where_filters_would_be_missing(stage: &mut Stage) {
    let (proxy, policy) = (stage.proxy("streams"), stage.policy("streams", "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until("streams.example.com", |answer| {
        answer.text("x-policy") == "one"
    });
    let source = "/dynamic_resources/lds_config/api_config_source";
    let delta = refusal(stage, |bootstrap| {
        let kind = bootstrap.pointer_mut(&format!("{source}/api_type"));
        *kind.unwrap() = json!("DELTA_GRPC");
    });
    assert!(
        delta.contains("ListenerDiscoveryService/DeltaListeners"),
        "{delta}"
    );
    let aggregated = refusal(stage, |bootstrap| {
        let source = bootstrap.pointer(source).unwrap().clone();
        let dynamic = bootstrap.pointer_mut("/dynamic_resources").unwrap();
        let ads = json!({"ads": {}, "resource_api_version": "V3"});
        *dynamic = json!({"ads_config": source, "lds_config": ads, "cds_config": ads});
    });
    let method = "AggregatedDiscoveryService/StreamAggregatedResources";
    assert!(aggregated.contains(method), "{aggregated}");
    for said in [delta, aggregated] {
        // The code of UNIMPLEMENTED, and why.
        assert!(said.contains("closed: 12, "), "{said}");
        assert!(said.contains("are put into what comes over"), "{said}");
    }
    stage.cluster.delete(&policy);
    stage.cluster.delete(&proxy);
}

pub(crate) fn messages_of_more_than_4_mib_pass(stage: &mut Stage) {
    let authority = Authority::new("of many hosts");
    let identity = authority.issue("many.example.com");
    let secret = objects::tls_secret(NAMESPACE, "many", &identity);
    stage.cluster.apply(&secret);
    let proxies: Vec<_> = (0..HOSTS)
        .map(|host| {
            let mut proxy = stage.proxy(&format!("many-{host}"));
            let host = proxy.pointer_mut("/spec/virtualhost").unwrap();
            let members = host.as_object_mut().unwrap();
            members.insert("tls".into(), json!({"secretName": "many"}));
            proxy
        })
        .collect();
    proxies.iter().for_each(|proxy| stage.cluster.apply(proxy));
    let last = format!("many-{}.example.com", HOSTS - 1);
    let secured = |edge: &Edge| edge.config().to_string();
    stage.edge.wait_until(|edge| secured(edge).contains(&last));
    let recorded = hachure_e2e::setup::scratch();
    stage.extension.record(recorded.path());
    let size = std::fs::metadata(recorded.path().join("listeners/ingress_https"));
    let size = size.unwrap().len();
    assert!(size > 4 << 20, "{size} bytes of listeners are not enough");
    // With a filter in one of them.
    let refused = || stage.edge.stat("listener_manager.lds.update_rejected");
    let before = refused();
    let policy = stage.policy("many-7", "one");
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "Programmed", "Programmed");
    assert!(secured(&stage.edge).contains("hachure/shop/many-7/0/header-mutation"));
    assert_eq!(refused(), before);
    stage.cluster.delete(&policy);
    proxies.iter().for_each(|proxy| stage.cluster.delete(proxy));
    stage.cluster.delete(&secret);
}
