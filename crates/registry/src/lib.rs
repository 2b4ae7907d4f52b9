//! Every filter of the catalogue with its policy, for callers that pick one by name at run time.
//!
//! The list is generated from `filters/*` by `cargo xtask gen`.

mod generated;

use std::fmt;

use hachure_catalog::{Entry, EntryError};
use hachure_config::ConfigErrors;
use hachure_exchange::{AnyPolicy, Capabilities, Phase, Reason};

pub use generated::{FILTERS, policies};

/// Compiles a config's JSON text.
pub type Compile = fn(&[u8]) -> Result<Box<dyn AnyPolicy>, ConfigErrors>;

/// One filter: what its folder says, and its policy.
pub struct Filter {
    /// The catalogue name.
    pub name: &'static str,
    /// The text of `filter.yaml`.
    pub catalogue: &'static str,
    /// The text of `schema.json`.
    pub schema: &'static str,
    /// The text of `README.md`.
    pub readme: &'static str,
    /// Every reason for which the policy refuses.
    pub reasons: &'static [Reason],
    /// The phases that the policy takes part in.
    pub phases: &'static [Phase],
    /// What the policy asks of the host beyond headers.
    pub capabilities: Capabilities,
    /// Compiles a config's JSON text.
    pub compile: Compile,
    /// The schema of the config as the Rust types have it now.
    #[cfg(feature = "schema")]
    pub current_schema: fn() -> schemars::Schema,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.name).finish()
    }
}

impl Filter {
    /// The filter with that catalogue name.
    pub fn find(name: &str) -> Option<&'static Filter> {
        FILTERS.iter().find(|filter| filter.name == name)
    }

    /// What `filter.yaml` says.
    pub fn entry(&self) -> Result<Entry, EntryError> {
        Entry::parse(self.catalogue)
    }
}
