//! One configured filter in one VM: what all of its streams share.

use std::cell::Cell;

use hachure_exchange::{Counter, Effects, LogLevel, Metrics, Policy, Setup};

use crate::{abi, signature, waiting};

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
    /// The root context.
    pub(crate) root: u32,
    /// Whether signatures are checked by the host.
    pub(crate) crypto: bool,
    /// The time between two ticks, in milliseconds.
    period: Cell<u32>,
    metric_ids: Vec<u32>,
    log_level: u32,
}

/// While streams wait, and until the policy has had its first event.
const QUICKLY: u32 = 25;
const SLOWLY: u32 = 1000;

impl<P: Policy> Plugin<P> {
    /// Compiles the plugin configuration. What is wrong is said in one line.
    pub(crate) fn configure(root: u32) -> Result<Self, String> {
        check_root_id(P::NAME)?;
        // Envoy shows an empty text for no configuration; none at all is not that.
        let text = abi::plugin_configuration()
            .map_err(|status| format!("the host shows no configuration: {status:?}"))?;
        let config = hachure_config::from_slice(&text).map_err(|e| e.to_string())?;
        let mut metrics = Metrics::new(P::NAME);
        let (name, seed) = of_this_instance::<P>()?;
        let policy = P::compile(
            config,
            Setup {
                metrics: &mut metrics,
                plugin: &name,
                seed,
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
        if const { P::CAPABILITIES.timers } {
            abi::set_tick_period(QUICKLY)
                .map_err(|status| format!("the host has no timer: {status:?}"))?;
        }
        Ok(Self {
            policy,
            effects: Cell::default(),
            period: Cell::new(QUICKLY),
            root,
            crypto: const { P::CAPABILITIES.signatures } && crypto::<P>(log_level),
            metric_ids,
            log_level,
        })
    }

    /// A stream begins to wait.
    pub(crate) fn tick_quickly(&self) {
        self.tick(QUICKLY);
    }

    /// Ticks as slowly as those that wait allow.
    pub(crate) fn set_pace(&self) {
        let wait = waiting::any(self.root);
        self.tick(if wait { QUICKLY } else { SLOWLY });
    }

    /// A host that refuses goes on at the pace that it has, and is asked again at the next tick.
    fn tick(&self, period: u32) {
        if self.period.get() != period && abi::set_tick_period(period).is_ok() {
            self.period.set(period);
        }
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

/// The instance's name and a random seed, where the policy asks for more than headers.
fn of_this_instance<P: Policy>() -> Result<(String, [u8; 16]), String> {
    if !const { P::CAPABILITIES.any() } {
        return Ok(Default::default());
    }
    // Without its name an instance would share its cells with another one.
    let name = abi::property("plugin_name").ok().flatten();
    let name = name.ok_or("the host does not tell the plugin's name")?;
    let seed = abi::random().map_err(|status| format!("the host has no randomness: {status:?}"))?;
    Ok((String::from_utf8_lossy(&name).into_owned(), seed))
}

/// Tries the host's crypto, and says once how it went.
fn crypto<P: Policy>(log_level: u32) -> bool {
    let works = signature::probe();
    if log_level <= INFO {
        let name = P::NAME;
        let by = if works { "the host" } else { "the module" };
        abi::log(INFO, &format!("{name}: signatures are checked by {by}"));
    }
    works
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
