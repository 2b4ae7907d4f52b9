//! One configured filter in one VM: what all of its streams share.

use std::cell::Cell;

use hachure_exchange::{Counter, Effects, LogLevel, Metrics, Policy, Setup};

use crate::abi;

/// Envoy's levels.
const DEBUG: u32 = 1;
const INFO: u32 = 2;
const WARN: u32 = 3;
const ERROR: u32 = 4;

/// The compiled policy and the host's names for its metrics.
pub(crate) struct Plugin<P> {
    pub(crate) policy: P,
    /// Reused by every phase of every stream: a VM runs one callback at a time.
    pub(crate) effects: Cell<Effects>,
    metric_ids: Vec<u32>,
    log_level: u32,
}

impl<P: Policy> Plugin<P> {
    /// Compiles the plugin configuration. What is wrong is said in one line.
    pub(crate) fn configure() -> Result<Self, String> {
        check_root_id(P::NAME)?;
        // Envoy shows an empty text for no configuration; none at all is not that.
        let text = abi::plugin_configuration()
            .map_err(|status| format!("the host shows no configuration: {status:?}"))?;
        let config = hachure_config::from_slice(&text).map_err(|e| e.to_string())?;
        let mut metrics = Metrics::new(P::NAME);
        let policy = P::compile(
            config,
            Setup {
                metrics: &mut metrics,
                plugin: "",
                seed: [0; 16],
            },
        )
        .map_err(|e| e.to_string())?;
        let metric_ids = metrics
            .names()
            .iter()
            .map(|name| abi::define_counter(name))
            .collect::<abi::Result<_>>()
            .map_err(|status| format!("the host defines no metrics: {status:?}"))?;
        let log_level = abi::log_level().unwrap_or(INFO);
        declare_request_state::<P>();
        Ok(Self {
            policy,
            effects: Cell::default(),
            metric_ids,
            log_level,
        })
    }

    /// Counts; a counter that the host has lost is not worth a request.
    pub(crate) fn count(&self, counter: Counter, by: u32) {
        if let Some(id) = self.metric_ids.get(counter.index()) {
            let _ = abi::increment(*id, by);
        }
    }

    /// Logs where Envoy's level lets the line through: a call to the host costs more than the test.
    pub(crate) fn log(&self, level: LogLevel, text: &str) {
        let level = match level {
            LogLevel::Debug => DEBUG,
            LogLevel::Info => INFO,
            LogLevel::Warn => WARN,
        };
        if level >= self.log_level {
            abi::log(level, &format!("{}: {text}", P::NAME));
        }
    }
}

/// A host that cannot do it is worth a line, not a filter: only internal redirects are concerned.
fn declare_request_state<P: Policy>() {
    for key in P::REQUEST_STATE {
        if let Err(status) = abi::declare_request_state(key) {
            let name = P::NAME;
            abi::log(
                WARN,
                &format!("{name}: {key} does not outlive internal redirects: {status:?}"),
            );
        }
    }
}

/// A refused config is one line in Envoy's log, whatever the level and whatever the config holds.
pub(crate) fn log_refused(filter: &str, why: &str) {
    let line: String = why
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    abi::log(ERROR, &format!("{filter}: config refused: {line}"));
}

/// `rootID` is the catalogue name everywhere, or empty: another one names another module.
fn check_root_id(name: &str) -> Result<(), String> {
    let root_id = abi::property("plugin_root_id")
        .ok()
        .flatten()
        .unwrap_or_default();
    if root_id.is_empty() || root_id == name.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(&root_id);
    Err(format!(
        "expected the root id {name} or none, found {found}: is this the right module?"
    ))
}
