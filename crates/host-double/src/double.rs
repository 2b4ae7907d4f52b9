//! The Envoy process, and the plugin that it configures.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hachure_exchange::UnixTime;

use crate::log::LogLine;
use crate::process::Process;
use crate::settings::Settings;
use crate::status::Status;
use crate::vm::Vm;

/// An Envoy process with one plugin.
///
/// Clones share the process: its clock, shared data, metrics and log. So another plugin of the same
/// process is a clone with other settings, and another worker is the same double in another thread.
#[derive(Debug, Clone, Default)]
pub struct Double {
    process: Arc<Process>,
    settings: Settings,
}

/// The module refused its configuration, as `proxy_on_vm_start` or `proxy_on_configure` told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it logged while it did so.
    pub lines: Vec<LogLine>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the module refused its configuration:")?;
        self.lines
            .iter()
            .try_for_each(|line| write!(f, " {}", line.text))
    }
}

impl std::error::Error for Refused {}

impl Double {
    /// A process at the epoch, with a plugin that has no configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// The plugin's configuration.
    pub fn plugin_config(mut self, config: impl Into<Vec<u8>>) -> Self {
        self.settings.plugin_config = config.into();
        self
    }

    /// The VM's configuration.
    pub fn vm_config(mut self, config: impl Into<Vec<u8>>) -> Self {
        self.settings.vm_config = config.into();
        self
    }

    /// The plugin's name.
    pub fn plugin_name(mut self, name: impl Into<String>) -> Self {
        self.settings.plugin_name = name.into();
        self
    }

    /// The plugin's root id.
    pub fn root_id(mut self, root_id: impl Into<String>) -> Self {
        self.settings.root_id = root_id.into();
        self
    }

    /// The VM's id, which is the scope of shared data.
    pub fn vm_id(mut self, vm_id: impl Into<String>) -> Self {
        self.settings.vm_id = vm_id.into();
        self
    }

    /// Envoy's log level: 0 trace, 1 debug, 2 info (the default), 3 warn, 4 error.
    pub fn log_level(mut self, level: u32) -> Self {
        self.settings.log_level = level;
        self
    }

    /// The most bytes of a body that are kept for a paused filter; 1 MiB if not set.
    pub fn buffer_limit(mut self, bytes: usize) -> Self {
        self.settings.buffer_limit = bytes;
        self
    }

    /// Whether Pause in a header phase holds the headers alone, so that body callbacks go on
    /// (`allow_on_headers_stop_iteration` of Envoy's plugin config; false if not set).
    pub fn allow_on_headers_stop_iteration(mut self, allow: bool) -> Self {
        self.settings.allow_on_headers_stop_iteration = allow;
        self
    }

    /// A cluster that call-outs can reach.
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.settings.clusters.insert(name.into());
        self
    }

    /// A foreign function of the host.
    pub fn foreign(
        mut self,
        name: impl Into<String>,
        function: impl Fn(&[u8]) -> Result<Vec<u8>, Status> + Send + Sync + 'static,
    ) -> Self {
        self.settings
            .foreign
            .insert(name.into(), Arc::new(function));
        self
    }

    /// A property that every context reads, before any that the double knows itself.
    pub fn property(mut self, path: &[&str], value: impl Into<Vec<u8>>) -> Self {
        self.settings
            .properties
            .insert(path.join("\0").into_bytes(), value.into());
        self
    }

    /// Answers calls with an error that is documented for them, `per_thousand` of a thousand, at
    /// random from `seed`.
    ///
    /// Only for modules that read statuses as numbers, as `hachure-host` does: the SDK's own helpers
    /// end the program on a status that they do not expect.
    pub fn faults(mut self, seed: u64, per_thousand: u32) -> Self {
        self.settings.faults = Some((seed, per_thousand));
        self
    }

    /// Makes a host function answer nothing but that status.
    pub fn broken(mut self, function: &str, status: Status) -> Self {
        self.settings.broken.insert(function.to_owned(), status);
        self
    }

    /// Sets the wall clock of the process.
    pub fn now(self, now: UnixTime) -> Self {
        self.process.set_clock(now.0);
        self
    }

    /// Sets the wall clock back, as a correction of the machine's time may; timers go on.
    pub fn set_back(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.process.set_back(by);
    }

    /// Starts a VM on this thread: `initialize` is what the module does in `_initialize`, then it
    /// is started and configured. One VM at a time on a thread.
    pub fn start(&self, initialize: impl FnOnce()) -> Result<Vm, Refused> {
        let before = self.logs().len();
        let vm = Vm::new(self.process.clone(), self.settings.clone());
        initialize();
        if vm.boot() {
            return Ok(vm);
        }
        drop(vm);
        Err(Refused {
            lines: self.logs().split_off(before),
        })
    }

    /// Starts a VM that stays although its module refused, as no Envoy keeps one.
    pub fn start_anyway(&self, initialize: impl FnOnce()) -> Vm {
        let vm = Vm::new(self.process.clone(), self.settings.clone());
        initialize();
        vm.boot();
        vm
    }

    /// Every line that was logged.
    pub fn logs(&self) -> Vec<LogLine> {
        self.process.lines()
    }

    /// Forgets the log.
    pub fn forget_logs(&self) {
        self.process.forget_log();
    }

    /// Counters that have counted, by their names.
    pub fn counters(&self) -> BTreeMap<String, u64> {
        self.process.metrics.counters()
    }

    /// Gauges, and the last values of histograms, by their names.
    pub fn gauges(&self) -> BTreeMap<String, u64> {
        self.process.metrics.gauges()
    }

    /// A value of the shared data of this double's VM id.
    pub fn shared_data(&self, key: &str) -> Option<Vec<u8>> {
        let found = self
            .process
            .shared_data
            .get(&self.settings.vm_id, key.as_bytes());
        found.ok().map(|(value, _)| value)
    }

    /// Presets a value of the shared data of this double's VM id.
    pub fn preset_shared_data(&self, key: &str, value: &[u8]) {
        self.preset_shared(key.as_bytes(), value);
    }

    /// The same for a key that is no text.
    pub fn preset_shared(&self, key: &[u8], value: &[u8]) {
        let shared = &self.process.shared_data;
        let _ = shared.set(&self.settings.vm_id, key, value, 0);
    }
}
