//! One filter of the list, and its place.

use hachure_catalog::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policy::resource::Code;

/// One filter.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wasm {
    /// A name for people, unique in the list.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The filter's catalogue name, where it is given: the module refuses another's.
    #[serde(default, rename = "rootID", skip_serializing_if = "Option::is_none")]
    pub root_id: Option<String>,
    /// Where the module comes from.
    pub code: Code,
    /// The filter's config.
    #[serde(default)]
    #[schemars(schema_with = "any_object")]
    pub config: Value,
    /// Whether requests pass where the filter cannot run.
    #[serde(default)]
    pub fail_open: bool,
    /// Where the filter stands among those of Contour's. By default where its catalogue entry says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Placement>,
}

/// Where a filter stands among those of Contour's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// Behind the check for misdirected requests and before everything else.
    First,
    /// Before what authenticates or asks a rate limit service.
    BeforeAuth,
    /// Just before the router.
    Last,
}

impl From<Placement> for Position {
    fn from(placement: Placement) -> Self {
        match placement {
            Placement::First => Self::First,
            Placement::BeforeAuth => Self::BeforeAuth,
            Placement::Last => Self::Last,
        }
    }
}

/// Any object: each filter has a schema of its own.
fn any_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}
