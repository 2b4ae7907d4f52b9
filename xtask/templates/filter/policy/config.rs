//! The config as it is written.

use serde::Deserialize;

/// Config of `{{name}}`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The response header to set.
    pub header: String,
    /// Its value.
    pub value: String,
}
