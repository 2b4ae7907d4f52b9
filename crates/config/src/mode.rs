//! `mode: enforce | shadow`, with one meaning in every filter that refuses.

use serde::{Deserialize, Serialize};

/// Whether a refusal reaches the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// A refused request is answered by the filter.
    #[default]
    Enforce,
    /// The filter decides, counts and sets the reason, and lets the request through.
    Shadow,
}
