//! What the configuration of an Envoy says about one plugin.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::status::Status;

pub(crate) type Foreign = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>, Status> + Send + Sync>;

/// The settings of a plugin and its VM.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) plugin_config: Vec<u8>,
    pub(crate) vm_config: Vec<u8>,
    pub(crate) plugin_name: String,
    pub(crate) root_id: String,
    pub(crate) vm_id: String,
    pub(crate) log_level: u32,
    /// The most bytes of a body that Envoy keeps for a paused filter.
    pub(crate) buffer_limit: usize,
    /// Envoy's plugin setting: Pause in a header phase holds the headers alone.
    pub(crate) allow_on_headers_stop_iteration: bool,
    pub(crate) clusters: BTreeSet<String>,
    pub(crate) foreign: BTreeMap<String, Foreign>,
    /// Properties that a test presets, by their path with NUL between the parts.
    pub(crate) properties: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) faults: Option<(u64, u32)>,
    /// Functions that answer nothing but this.
    pub(crate) broken: BTreeMap<String, Status>,
}

/// Envoy's default limit for a listener's and a cluster's buffers.
const BUFFER_LIMIT: usize = 1024 * 1024;
const INFO: u32 = 2;

impl Default for Settings {
    fn default() -> Self {
        Self {
            plugin_config: vec![],
            vm_config: vec![],
            plugin_name: String::new(),
            root_id: String::new(),
            vm_id: String::new(),
            log_level: INFO,
            buffer_limit: BUFFER_LIMIT,
            allow_on_headers_stop_iteration: false,
            clusters: BTreeSet::new(),
            foreign: BTreeMap::new(),
            properties: BTreeMap::new(),
            faults: None,
            broken: BTreeMap::new(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("plugin_name", &self.plugin_name)
            .field("root_id", &self.root_id)
            .field("vm_id", &self.vm_id)
            .finish_non_exhaustive()
    }
}
