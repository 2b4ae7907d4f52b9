//! The listeners of a filter's cases.

use hachure_envoy::{HttpFilter, Listener, PathHandling, Route};
use serde_json::{Value, json};

use super::probe::Probe;
use super::{CaseFile, facts, upstreams};
use crate::setup;

pub(super) const UPSTREAM: &str = "upstream";

/// The name of the listener for the steps of a case that something in Envoy answers with that
/// status, or for those that go to the upstream.
pub(super) fn name(file: &CaseFile, local: Option<u16>) -> String {
    match local {
        Some(status) => format!("{}-local-{status}", file.instance()),
        None => file.instance(),
    }
}

/// Every listener that a case needs.
pub(super) fn of_case(file: &CaseFile, probe: &Probe, withheld: &[&str]) -> Vec<Listener> {
    file.locals()
        .into_iter()
        .map(|local| listener(file, local, probe, withheld))
        .collect()
}

fn listener(file: &CaseFile, local: Option<u16>, probe: &Probe, withheld: &[&str]) -> Listener {
    let name = name(file, local);
    let config = upstreams::config(file, |name| upstreams::cluster(file, name));
    let mut listener = Listener::new(&name)
        .paths(PathHandling::AsSent)
        .field("listener_filters", json!([proxy_protocol()]))
        .router_field("suppress_envoy_headers", json!(true))
        .filter(probe.filter());
    if let Some(metadata) = facts::metadata(&file.case) {
        listener = listener.filter(metadata);
    }
    if let Some(facts) = facts::filter(&file.case, &name) {
        listener = listener.filter(facts);
    }
    listener = listener.filter(setup::wasm(&file.filter, &name, config).without(withheld));
    if let Some(status) = local {
        listener = listener.filter(fault(status));
    }
    for (field, value) in manager() {
        listener = listener.manager_field(field, value);
    }
    listener
        .route(Route::connect().to(UPSTREAM))
        .route(Route::prefix("/").to(UPSTREAM))
}

/// The client says where it comes from.
fn proxy_protocol() -> Value {
    let kind = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
    json!({
        "name": "envoy.filters.listener.proxy_protocol",
        "typed_config": {"@type": format!("type.googleapis.com/{kind}")},
    })
}

/// Answers every request with that status.
fn fault(status: u16) -> HttpFilter {
    HttpFilter::native(
        "envoy.filters.http.fault",
        json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
            "abort": {"http_status": status, "percentage": {"numerator": 100}},
        }),
    )
}

/// Keeps Envoy's own hand off the messages as far as it lets one.
fn manager() -> [(&'static str, Value); 6] {
    [
        (
            "upgrade_configs",
            json!([{"upgrade_type": "websocket"}, {"upgrade_type": "CONNECT"}]),
        ),
        ("skip_xff_append", json!(true)),
        ("preserve_external_request_id", json!(true)),
        ("server_header_transformation", json!("PASS_THROUGH")),
        ("http_protocol_options", json!({"enable_trailers": true})),
        ("http2_protocol_options", json!({"allow_connect": true})),
    ]
}
