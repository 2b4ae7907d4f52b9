//! What a case says that earlier filters have told, told by the module `facts` (e2e/modules/facts).

use std::collections::BTreeMap;

use hachure_casefile::{Case, Message, Text};
use hachure_envoy::WasmFilter;
use serde_json::json;

use crate::setup;

/// The request header by which the module knows the step; it takes it away.
const STEP: &str = "x-facts-step";

/// The module that stands before the filter of a case; none where the case presets nothing.
pub(super) fn filter(case: &Case, listener: &str) -> Option<WasmFilter> {
    let steps: Vec<&BTreeMap<_, _>> = case.steps.iter().map(|step| &step.state).collect();
    let presets = steps.iter().any(|state| !state.is_empty());
    let instance = format!("{listener}-facts");
    presets.then(|| setup::wasm("facts", &instance, json!({"steps": steps})))
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
