//! Istio: a `WasmPlugin` for each filter, and what makes its upstreams. Not run.

use hachure_envoy::Protocol;
use serde_json::{Value, json};

use crate::document::Document;
use crate::{Attachment, Clusters, Instance, Kind, Refusal, Upstream};

const PLATFORM: &str = "Istio";
const KINDS: [Kind; 2] = [Kind::Gateway, Kind::Service];
/// The priority of the first filter; the next ones follow in steps.
const FIRST: usize = 1000;
const STEP: usize = 10;

/// The objects for Istio 1.30.
///
/// # Errors
/// A config or a target that it cannot carry out.
pub fn istio(attachment: &Attachment) -> Result<Vec<Document>, Refusal> {
    let (targets, left_out) = attachment.targets_among(&KINDS, PLATFORM)?;
    let targets: Vec<_> = targets.into_iter().map(crate::Target::reference).collect();
    let mut documents = vec![];
    for (place, instance) in attachment.filters.iter().enumerate() {
        documents.push(plugin(attachment, instance, place, &targets)?);
    }
    if let Some(first) = documents.first_mut() {
        first.head = format!("{left_out}{}", limits(attachment)?);
    }
    for (name, upstream) in attachment.called()? {
        documents.extend(of_upstream(attachment, name, upstream));
    }
    Ok(documents)
}

fn plugin(
    attachment: &Attachment,
    instance: &Instance,
    place: usize,
    targets: &[Value],
) -> Result<Document, Refusal> {
    let module = instance.source(PLATFORM)?;
    let cluster = |name: &str| {
        attachment
            .upstreams
            .get(name)
            .map_or(String::new(), cluster_name)
    };
    // Istio does not set `allow_on_headers_stop_iteration`.
    let config = instance.config_for(false, Clusters::Named(&cluster))?;
    let failure = match instance.fail_open {
        true => "FAIL_OPEN",
        false => "FAIL_RELOAD",
    };
    let value = json!({
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": "WasmPlugin",
        "metadata": {
            "name": format!("{}-{}", attachment.name, instance.name),
            "namespace": attachment.namespace,
        },
        "spec": {
            "targetRefs": targets,
            "url": module.url,
            "sha256": module.sha256,
            "pluginName": instance.filter.name,
            "failStrategy": failure,
            "priority": FIRST.saturating_sub(place.saturating_mul(STEP)),
            "pluginConfig": config,
        },
    });
    let document = Document::of(value);
    Ok(document
        .note(
            "spec.pluginName",
            "It becomes Envoy's root_id: the filter's own name.",
        )
        .note("spec.priority", "The higher one comes first."))
}

fn limits(attachment: &Attachment) -> Result<String, Refusal> {
    let mut text = String::from(
        "NOT RUN: for Istio 1.30, checked against its CRDs alone. Istio\n\
         - attaches to Gateways and Services, never to routes: what is for some hosts or paths only \
         has to say so in the filter's config;\n\
         - sets no capability restriction;\n\
         - runs these just before the router, behind its own authentication and authorization \
         (`phase: AUTHN` puts one before both);\n\
         - passes numbers of the config as doubles;\n\
         - takes stats_tags from the proxies' bootstrap alone, and the access log's format from the \
         mesh's configuration: %FILTER_STATE(wasm.hachure.reason:PLAIN)% is the reason.\n",
    );
    if attachment.any(|entry| entry.capabilities.bodies)? {
        text.push_str("- It does not let headers wait for their body: headersHeld is false.\n");
    }
    Ok(text)
}

/// As Istio names the cluster of a host.
fn cluster_name(upstream: &Upstream) -> String {
    format!("outbound|{}||{}", upstream.port, upstream.host)
}

/// What makes Istio know a host, and speak TLS to it.
fn of_upstream(attachment: &Attachment, name: &str, upstream: &Upstream) -> Vec<Document> {
    let metadata = json!({
        "name": format!("{}-{name}", attachment.name),
        "namespace": attachment.namespace,
    });
    let protocol = match upstream.protocol {
        Protocol::Http1 => "HTTP",
        Protocol::Http2 => "GRPC",
    };
    let mut documents = vec![];
    if !upstream.host.ends_with(".svc.cluster.local") {
        let port = json!({"name": "upstream", "number": upstream.port, "protocol": protocol});
        let entry = json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": "ServiceEntry",
            "metadata": metadata,
            "spec": {
                "hosts": [upstream.host],
                "location": "MESH_EXTERNAL",
                "ports": [port],
                "resolution": "DNS",
            },
        });
        let cluster = cluster_name(upstream);
        documents.push(Document::of(entry).say(&format!("It makes the cluster {cluster}.")));
    }
    if let Some(tls) = &upstream.tls {
        let mut origination = json!({
            "mode": "SIMPLE",
            "sni": tls.server_name,
            "subjectAltNames": [tls.server_name],
        });
        if let (Some(pem), Value::Object(members)) = (&tls.authorities, &mut origination) {
            let secret = format!("{}-{name}-authorities", attachment.name);
            members.insert("credentialName".to_owned(), json!(secret));
            documents.push(Document::of(json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret, "namespace": attachment.namespace},
                "stringData": {"cacert": pem},
            })));
        }
        documents.push(Document::of(json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": "DestinationRule",
            "metadata": metadata,
            "spec": {"host": upstream.host, "trafficPolicy": {"tls": origination}},
        })));
    }
    documents
}
