//! Contour, with `contour-extension` in front of it: a `ContourExtensionPolicy`.

use hachure_envoy::Protocol;
use serde_json::{Value, json};

use crate::document::Document;
use crate::{Attachment, Clusters, Instance, Kind, Refusal, Target, Upstream};

const PLATFORM: &str = "Contour";
const LIMITS: &str = "For Contour 1.33 with contour-extension in front of it.
- Contour's access log cannot print filter state: its field response_code_details says \
hachure.<filter>.<reason> of every refusal.
- Contour's bootstrap has no stats_tags: give its Envoys manifests/stats-tags.yaml with \
--config-yaml, or labels of metrics stand in their names.
";
const KINDS: [Kind; 5] = [
    Kind::HttpProxy,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::Ingress,
    Kind::Gateway,
];

/// The objects for Contour 1.33 with this release's `contour-extension`.
///
/// # Errors
/// A config, a target or an upstream that it cannot carry out.
pub fn contour(attachment: &Attachment) -> Result<Vec<Document>, Refusal> {
    let (targets, left_out) = attachment.targets_among(&KINDS, PLATFORM)?;
    let by_rule = |target: &&&Target| target.section.is_some() && target.kind != Kind::Gateway;
    if let Some(target) = targets.iter().find(by_rule) {
        let title = target.title();
        return Err(Refusal(format!(
            "{title}: Contour's routes do not say of which rule they are"
        )));
    }
    let targets: Vec<_> = targets.into_iter().map(Target::reference).collect();
    let wasm = attachment.filters.iter();
    let wasm: Vec<_> = wasm.map(entry).collect::<Result<_, _>>()?;
    let mut spec = json!({"targetRefs": targets, "wasm": wasm});
    let mut documents = vec![];
    let mut upstreams = vec![];
    for (name, upstream) in attachment.called()? {
        let (declared, authorities) = upstream_of(attachment, name, upstream)?;
        upstreams.push(declared);
        documents.extend(authorities);
    }
    if let (false, Value::Object(members)) = (upstreams.is_empty(), &mut spec) {
        members.insert("upstreams".to_owned(), Value::Array(upstreams));
    }
    let value = json!({
        "apiVersion": "hachure.dev/v1alpha1",
        "kind": "ContourExtensionPolicy",
        "metadata": {"name": attachment.name, "namespace": attachment.namespace},
        "spec": spec,
    });
    let document = Document::of(value)
        .say(&left_out)
        .say(LIMITS)
        .note(
            "spec.wasm",
            "Requests meet them in this order among those of one position, which the catalogue says.",
        )
        .note(
            "spec.upstreams",
            "Clusters are made of them, and nothing else can be called.",
        );
    documents.insert(0, document);
    Ok(documents)
}

/// An element of `upstreams`, and the object with the authorities that it trusts.
fn upstream_of(
    attachment: &Attachment,
    name: &str,
    upstream: &Upstream,
) -> Result<(Value, Option<Document>), Refusal> {
    let scheme = match (upstream.protocol, &upstream.tls) {
        (Protocol::Http1, None) => "http",
        (Protocol::Http1, Some(_)) => "https",
        (Protocol::Http2, None) => "grpc",
        (Protocol::Http2, Some(_)) => "grpcs",
    };
    let own = format!(".{}.svc.cluster.local", attachment.namespace);
    let mut declared = match upstream.host.strip_suffix(&own) {
        Some(service) => json!({
            "name": name,
            "service": {"name": service, "port": upstream.port, "scheme": scheme},
        }),
        None => {
            let Upstream { host, port, .. } = upstream;
            json!({"name": name, "url": format!("{scheme}://{host}:{port}")})
        }
    };
    let Some(tls) = &upstream.tls else {
        return Ok((declared, None));
    };
    if tls.server_name != upstream.host {
        return Err(Refusal(format!(
            "the upstream {name}: its certificate has to be for {}, not for {}",
            upstream.host, tls.server_name
        )));
    }
    let Some(pem) = &tls.authorities else {
        return Ok((declared, None));
    };
    let holder = format!("{}-{name}-authorities", attachment.name);
    if let Value::Object(members) = &mut declared {
        let reference = json!({"kind": "ConfigMap", "name": holder, "key": "ca.crt"});
        members.insert("ca".to_owned(), reference);
    }
    let authorities = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": holder, "namespace": attachment.namespace},
        "data": {"ca.crt": pem},
    });
    Ok((declared, Some(Document::of(authorities))))
}

fn entry(instance: &Instance) -> Result<Value, Refusal> {
    let entry = instance.entry()?;
    let config = instance.config_for(true, Clusters::Declared)?;
    Ok(json!({
        "name": instance.name,
        "rootID": instance.filter.name,
        "code": {"type": "Catalog", "catalog": {"name": entry.name, "version": entry.version}},
        "failOpen": instance.fail_open,
        "config": config,
    }))
}
