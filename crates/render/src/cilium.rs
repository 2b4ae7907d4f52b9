//! Cilium: a `CiliumEnvoyConfig` with Envoy's own resources. Not run.

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::{Attachment, Kind, Refusal, envoy};

const PLATFORM: &str = "Cilium";

/// The object for Cilium 1.20: the listener and the clusters of a bootstrap in which the filters of
/// `attachment` have the names of its clusters already ([`cilium_cluster`]).
///
/// # Errors
/// There is no Service among the targets.
pub fn cilium(attachment: &Attachment, mut bootstrap: Value) -> Result<Vec<Document>, Refusal> {
    let (targets, left_out) = attachment.targets_among(&[Kind::Service], PLATFORM)?;
    envoy::legible(&mut bootstrap);
    let mut resources = vec![];
    let mut backends = Map::new();
    for listener in list(&mut bootstrap, "/static_resources/listeners") {
        resources.push(of_cilium_listener(listener, &attachment.name));
    }
    for cluster in list(&mut bootstrap, "/static_resources/clusters") {
        resources.push(of_cilium_cluster(cluster, &mut backends));
    }
    let services = targets.iter().map(|target| {
        json!({"name": target.name, "namespace": attachment.namespace, "listener": attachment.name})
    });
    let value = json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumEnvoyConfig",
        "metadata": {"name": attachment.name, "namespace": attachment.namespace},
        "spec": {
            "services": services.collect::<Vec<_>>(),
            "backendServices": backends.into_values().collect::<Vec<_>>(),
            "resources": resources,
        },
    });
    let document = Document::of(value).say(&left_out).say(
        "NOT RUN: for Cilium 1.20, checked against its CRD alone. Cilium\n\
         - hands traffic for these Services to this listener; its Ingress and Gateway API make \
         listeners of their own, which take no filters;\n\
         - checks next to nothing of what stands here, and does not say which of two such objects \
         for one Service counts;\n\
         - does not put files where its Envoy reads modules: mount them there. Its Envoy has to be \
         built with Wasm's V8 engine, and be 1.36 or newer;\n\
         - has its own bootstrap: no stats_tags, so labels of metrics stand in their names.",
    );
    Ok(vec![document])
}

/// As Cilium names a cluster of such an object.
pub fn cilium_cluster(attachment: &Attachment, cluster: &str) -> String {
    format!("{}/{}/{cluster}", attachment.namespace, attachment.name)
}

/// Cilium chooses the address.
fn of_cilium_listener(mut listener: Map<String, Value>, name: &str) -> Value {
    listener.remove("address");
    listener.insert("name".to_owned(), json!(name));
    typed(listener, "envoy.config.listener.v3.Listener")
}

/// The endpoints of a Service come from Cilium: through the Service's address requests would come
/// back to this listener.
fn of_cilium_cluster(mut cluster: Map<String, Value>, backends: &mut Map<String, Value>) -> Value {
    let address = "/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
    let address = cluster
        .get("load_assignment")
        .and_then(|all| all.pointer(address));
    let host = address.and_then(|address| address.get("address")?.as_str());
    let port = address.and_then(|address| address.get("port_value")?.as_u64());
    if let (Some((service, namespace)), Some(port)) = (host.and_then(service), port) {
        let title = format!("{namespace}/{service}:{port}");
        let backend =
            json!({"name": service, "namespace": namespace, "number": [port.to_string()]});
        cluster.remove("load_assignment");
        cluster.insert("type".to_owned(), json!("EDS"));
        cluster.insert(
            "eds_cluster_config".to_owned(),
            json!({"service_name": title}),
        );
        backends.insert(title, backend);
    }
    typed(cluster, "envoy.config.cluster.v3.Cluster")
}

/// Name and namespace of the Service whose name in DNS that is.
fn service(host: &str) -> Option<(String, String)> {
    let name = host
        .strip_suffix(".svc.cluster.local")
        .or_else(|| host.strip_suffix(".svc"))?;
    let (service, namespace) = name.split_once('.')?;
    (!namespace.contains('.')).then(|| (service.to_owned(), namespace.to_owned()))
}

fn typed(mut resource: Map<String, Value>, kind: &str) -> Value {
    resource.insert(
        "@type".to_owned(),
        json!(format!("type.googleapis.com/{kind}")),
    );
    Value::Object(resource)
}

fn list(bootstrap: &mut Value, pointer: &str) -> Vec<Map<String, Value>> {
    let list = bootstrap.pointer_mut(pointer).map(Value::take);
    let items = match list {
        Some(Value::Array(items)) => items,
        _ => vec![],
    };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(members) => Some(members),
        _ => None,
    });
    objects.collect()
}
