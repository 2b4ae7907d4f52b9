//! What only Envoy knows of an exchange, told in response headers by a native filter that stands
//! before ours and so sees the response last.

use std::collections::{BTreeMap, BTreeSet};

use hachure_envoy::HttpFilter;
use serde_json::{Value, json};

use super::CaseFile;
use crate::Received;

const DETAILS: &str = "x-probe-details";
const STATE: &str = "x-probe-state-";

/// Which filter state is looked at.
pub(super) struct Probe {
    keys: Vec<String>,
}

impl Probe {
    /// Every key that a case of the filter names, and those of a refusal.
    pub(super) fn of(files: &[CaseFile]) -> Self {
        let steps = files.iter().flat_map(|file| &file.case.steps);
        let mut keys: BTreeSet<String> = steps
            .flat_map(|step| step.expect.state.keys().cloned())
            .collect();
        keys.extend(["hachure.reason".to_owned(), "hachure.filter".to_owned()]);
        Self {
            keys: keys.into_iter().collect(),
        }
    }

    pub(super) fn filter(&self) -> HttpFilter {
        let details = mutation(DETAILS, "%RESPONSE_CODE_DETAILS%");
        let state = self.keys.iter().enumerate().map(|(i, key)| {
            mutation(
                &format!("{STATE}{i}"),
                &format!("%FILTER_STATE(wasm.{key}:PLAIN)%"),
            )
        });
        let mutations: Vec<_> = [details].into_iter().chain(state).collect();
        let kind = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
        HttpFilter::native(
            "probe",
            json!({
                "@type": format!("type.googleapis.com/{kind}"),
                "mutations": {"response_mutations": mutations},
            }),
        )
    }

    /// Takes what it told out of a response: how it came about, and the state that was set.
    pub(super) fn read(&self, response: &mut Received) -> (String, BTreeMap<String, String>) {
        let mut told = |name: &str| {
            let value = response.text(name);
            response.headers.remove(name);
            value
        };
        let details = told(DETAILS);
        let state = self.keys.iter().enumerate();
        let state = state.map(|(i, key)| (key.clone(), told(&format!("{STATE}{i}"))));
        // Envoy writes `-` for what is absent.
        (
            details,
            state
                .filter(|(_, value)| !value.is_empty() && value != "-")
                .collect(),
        )
    }
}

fn mutation(name: &str, value: &str) -> Value {
    json!({"append": {
        "header": {"key": name, "value": value},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }})
}
