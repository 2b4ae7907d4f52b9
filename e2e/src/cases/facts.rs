//! What a case says that earlier filters have told: filter state, told by the module `facts`
//! (e2e/modules/facts), and dynamic metadata, told by a filter of Envoy's own.

use std::collections::BTreeMap;

use hachure_casefile::{Case, Message, Text};
use hachure_envoy::{HttpFilter, WasmFilter};
use serde_json::{Value, json};

use crate::setup;

/// The request header by which the module knows the step; it takes it away.
const STEP: &str = "x-facts-step";

/// The module that stands before the filter of a case; none where the case presets nothing.
pub(super) fn filter(case: &Case, listener: &str) -> Option<WasmFilter> {
    let instance = format!("{listener}-facts");
    config(case).map(|config| setup::wasm("facts", &instance, config))
}

/// Its config.
pub(super) fn config(case: &Case) -> Option<Value> {
    let steps: Vec<&BTreeMap<_, _>> = case.steps.iter().map(|step| &step.state).collect();
    let presets = steps.iter().any(|state| !state.is_empty());
    presets.then(|| json!({"steps": steps}))
}

/// Envoy's filter that sets metadata; none where the case has none.
pub(super) fn metadata(case: &Case) -> Option<HttpFilter> {
    let struct_of = |(namespace, value)| json!({"metadata_namespace": namespace, "value": value});
    let metadata: Vec<_> = case.metadata.iter().map(struct_of).collect();
    let kind = "type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config";
    let config = json!({"@type": kind, "metadata": metadata});
    (!case.metadata.is_empty()).then(|| HttpFilter::native("metadata", config))
}

/// The request of a step as the module wants it.
pub(super) fn request(case: &Case, step: usize) -> Message {
    let mut request = case.steps[step].request.clone();
    if !case.steps[step].state.is_empty() {
        let number = Text(step.to_string().into_bytes());
        request.headers.0.push((STEP.to_owned(), number));
    }
    request
}
