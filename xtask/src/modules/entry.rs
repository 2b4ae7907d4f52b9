//! What a build needs to know of a filter's `filter.yaml`.

use std::fs;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use crate::repository::Repository;

/// The part of a catalogue entry that decides what its module is made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) phases: Vec<String>,
    pub(crate) capabilities: Capabilities,
    #[serde(rename = "sizeBudgetKB")]
    pub(crate) budget: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Capabilities {
    pub(crate) callouts: bool,
    pub(crate) timers: bool,
}

/// What every module exports: memory, the ABI marker, start-up, contexts and their end.
const ALWAYS: [&str; 8] = [
    "memory",
    "proxy_abi_version_0_2_1",
    "_initialize",
    "proxy_on_memory_allocate",
    "proxy_on_context_create",
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_delete",
];

/// What each word in `phases` brings.
const PHASES: [(&str, &[&str]); 5] = [
    ("requestHeaders", &["proxy_on_request_headers"]),
    // A body ends with its last chunk or with trailers.
    (
        "requestBody",
        &["proxy_on_request_body", "proxy_on_request_trailers"],
    ),
    ("responseHeaders", &["proxy_on_response_headers"]),
    (
        "responseBody",
        &["proxy_on_response_body", "proxy_on_response_trailers"],
    ),
    ("log", &["proxy_on_done", "proxy_on_log"]),
];

/// Calls of gRPC are unary: Envoy tells of no metadata.
const CALLOUTS: [&str; 3] = [
    "proxy_on_http_call_response",
    "proxy_on_grpc_receive",
    "proxy_on_grpc_close",
];

impl Entry {
    /// Reads the entry of the filter `name`.
    pub(crate) fn of_filter(repository: &Repository, name: &str) -> Result<Self> {
        let file = format!("{}/filter.yaml", repository.folder_of(name));
        let text = fs::read_to_string(repository.path(&file)).with_context(|| file.clone())?;
        Self::parse(&text).context(file)
    }

    /// Reads an entry.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document = hachure_yaml::parse(text).map_err(|error| anyhow!("{error}"))?;
        Ok(Self::deserialize(document.value)?)
    }

    /// The features with which its module is compiled.
    pub(crate) fn features(&self) -> &'static [&'static str] {
        match self.capabilities.callouts {
            true => &["hachure-host/callouts"],
            false => &[],
        }
    }

    /// The exports that a module of this filter has: these and no others.
    pub(crate) fn exports(&self) -> Result<Vec<&'static str>> {
        let mut names = ALWAYS.to_vec();
        for phase in &self.phases {
            let known = PHASES.iter().find(|(name, _)| name == phase);
            let (_, callbacks) = known.with_context(|| {
                let words = PHASES.map(|(name, _)| name).join(", ");
                format!("there is no phase `{phase}`; there are: {words}")
            })?;
            names.extend(callbacks.iter());
        }
        if self.capabilities.callouts {
            names.extend(CALLOUTS);
        }
        if self.capabilities.timers {
            names.push("proxy_on_tick");
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(phases: &str, capabilities: &str) -> Entry {
        let text = format!(
            "name: x\ntitle: X\nphases: [{phases}]\ncapabilities: {{{capabilities}}}\nsizeBudgetKB: 180\n"
        );
        Entry::parse(&text).unwrap()
    }

    #[test]
    fn phases_and_capabilities_decide_the_exports() {
        let exports = entry("requestHeaders", "bodies: false").exports().unwrap();
        assert!(exports.contains(&"proxy_on_request_headers"));
        assert!(exports.contains(&"proxy_on_delete"));
        assert!(!exports.contains(&"proxy_on_response_headers"));
        assert!(!exports.contains(&"proxy_on_tick"));
        let exports = entry("requestBody", "").exports().unwrap();
        assert!(exports.contains(&"proxy_on_request_trailers"));
        let exports = entry("log", "callouts: true, timers: true")
            .exports()
            .unwrap();
        assert!(exports.contains(&"proxy_on_log"));
        assert!(exports.contains(&"proxy_on_tick"));
        assert!(exports.contains(&"proxy_on_http_call_response"));
    }

    #[test]
    fn an_unknown_phase_is_named() {
        let error = entry("requestHeader", "")
            .exports()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`requestHeader`") && error.contains("responseBody"),
            "{error}"
        );
    }
}
