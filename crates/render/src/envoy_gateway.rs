//! Envoy Gateway: an `EnvoyExtensionPolicy`, and the `EnvoyProxy` that makes what it leaves out.

use hachure_envoy::AccessLog;
use serde_json::{Value, json};

use crate::document::Document;
use crate::yaml::{self, Comments};
use crate::{Attachment, Clusters, Instance, Kind, Refusal, stats_config};

const PLATFORM: &str = "Envoy Gateway";
const KINDS: [Kind; 3] = [Kind::Gateway, Kind::HttpRoute, Kind::GrpcRoute];

/// The objects for Envoy Gateway 1.9.
///
/// # Errors
/// A config or a target that it cannot carry out.
pub fn envoy_gateway(attachment: &Attachment) -> Result<Vec<Document>, Refusal> {
    Ok(vec![policy(attachment)?, proxy(attachment)?])
}

fn policy(attachment: &Attachment) -> Result<Document, Refusal> {
    let (targets, left_out) = attachment.targets_among(&KINDS, PLATFORM)?;
    let targets: Vec<_> = targets.into_iter().map(crate::Target::reference).collect();
    attachment.called()?;
    let wasm = attachment.filters.iter();
    let wasm: Vec<_> = wasm
        .map(|instance| entry(instance, attachment))
        .collect::<Result<_, _>>()?;
    let value = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyExtensionPolicy",
        "metadata": {"name": attachment.name, "namespace": attachment.namespace},
        "spec": {"targetRefs": targets, "wasm": wasm},
    });
    let document = Document::of(value).say(&left_out).say(&limits(attachment)?);
    Ok(document.note(
        "spec.wasm",
        "Requests meet them in this order. A target has one policy: put what it needs into this list.",
    ))
}

fn entry(instance: &Instance, attachment: &Attachment) -> Result<Value, Refusal> {
    let module = instance.source(PLATFORM)?;
    let cluster = |upstream: &str| attachment.cluster_name(upstream);
    // Envoy Gateway 1.9 does not set `allow_on_headers_stop_iteration`.
    let config = instance.config_for(false, Clusters::Named(&cluster))?;
    Ok(json!({
        "name": instance.name,
        "rootID": instance.filter.name,
        "code": {"type": "HTTP", "http": {"url": module.url, "sha256": module.sha256}},
        "failOpen": instance.fail_open,
        "config": config,
    }))
}

/// What Envoy Gateway does not do for these filters.
fn limits(attachment: &Attachment) -> Result<String, Refusal> {
    let mut text = String::from(
        "For Envoy Gateway 1.9, which\n\
         - applies the policy of the most specific target alone: one of a route stands in place of \
         one of its Gateway, whose filters then do not run there;\n\
         - sets no failure policy: after a trap a worker answers 503 until its configuration \
         changes, or lets requests pass where failOpen is true;\n\
         - sets no capability restriction: a module may call whatever Envoy offers it;\n\
         - makes a VM for each entry of each policy and worker, and filters nothing where there is \
         no route (404);\n\
         - runs Wasm behind its own CORS, ext_authz, API keys, basic auth, OIDC and JWT, and before \
         its authorization and rate limits (EnvoyProxy's filterOrder moves all of Wasm at once).\n",
    );
    if attachment.has("cors") {
        text.push_str(
            "- A SecurityPolicy that authenticates refuses preflights before cors can answer: there \
             move Wasm forward, or check tokens by jwt-validation in this list.\n",
        );
    }
    if attachment.any(|entry| entry.capabilities.shared_data)? {
        text.push_str(
            "- It chooses the id of each VM: counters and fetched keys are not shared between \
             policies, and another place in the list begins anew.\n",
        );
    }
    if attachment.any(|entry| entry.capabilities.bodies)? {
        text.push_str(
            "- It gives Envoy buffers of 32 KiB and does not let headers wait for their body: \
             headersHeld is false.\n",
        );
    }
    Ok(text)
}

/// What no policy of Envoy Gateway can say: clusters of the filters' own, and labels of metrics.
fn proxy(attachment: &Attachment) -> Result<Document, Refusal> {
    let clusters = attachment.called()?.into_iter();
    let clusters: Vec<_> = clusters
        .map(|(name, upstream)| upstream.cluster(&attachment.cluster_name(name)).to_json())
        .collect();
    let mut bootstrap = json!({"stats_config": stats_config(&attachment.entries()?)});
    let mut made = String::new();
    if let (false, Value::Object(members)) = (clusters.is_empty(), &mut bootstrap) {
        made = "the clusters of the filters' upstreams, ".to_owned();
        members.insert("static_resources".to_owned(), json!({"clusters": clusters}));
    }
    let value = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": {"name": attachment.name, "namespace": attachment.namespace},
        "spec": {
            "bootstrap": {"type": "Merge", "value": yaml::write(&bootstrap, &Comments::new())},
            "telemetry": {"accessLog": {"settings": [{
                "format": {"type": "Text", "text": AccessLog::LINE},
                "sinks": [{"type": "File", "file": {"path": "/dev/stdout"}}],
            }]}},
        },
    });
    Ok(Document::of(value).say(&format!(
        "It makes {made}the labels of the filters' metrics, and an access log that names filter and \
         reason of a refusal.\n\
         It counts where the Gateway's spec.infrastructure.parametersRef, or the GatewayClass's \
         parametersRef, names it: a Gateway has one EnvoyProxy, so lay this over the one that you \
         have. Envoys start anew when it changes."
    )))
}
