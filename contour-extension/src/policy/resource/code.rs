//! Where modules come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Code {
    /// The kind of source.
    #[serde(rename = "type")]
    pub kind: CodeType,
    /// The filter of the catalogue that this add-on carries.
    pub catalog: Catalog,
}

/// A kind of source of modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CodeType {
    /// The catalogue that this add-on carries.
    Catalog,
}

/// A filter of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalog {
    /// Its name.
    pub name: String,
    /// Its version, where another one is to be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}
