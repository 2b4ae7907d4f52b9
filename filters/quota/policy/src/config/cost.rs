//! `limits[].cost`.

use serde::Deserialize;

/// How many units a request uses.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Cost {
    /// So many, each.
    Constant(u64),
    /// As many as a request header says. Clients choose it, unless something in front sets it.
    Header(HeaderCost),
    /// As many as a response header says. The request passes while anything is left, and what it
    /// used is taken from what is left after it: requests in flight at the same time may together
    /// use more than was left.
    ResponseHeader(ResponseHeaderCost),
    /// As many as a JSON response says in its body, which is read while it passes. As with
    /// `responseHeader` the request passes while anything is left.
    ResponseBody(ResponseBodyCost),
}

/// A request header with a whole number from 1 to `max`; any other value is refused with 400.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeaderCost {
    /// The header.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-cost"])))]
    pub name: String,
    /// What a request without the header costs.
    #[serde(default = "one")]
    pub default: u64,
    /// The most that a request may say.
    pub max: u64,
}

/// A response header with a whole number; 0 is a response that cost nothing.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResponseHeaderCost {
    /// The header.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-tokens-used"])))]
    pub name: String,
    /// What a response costs that does not say it in one whole number.
    #[serde(default = "one")]
    pub default: u64,
    /// Whether the header is taken off the response.
    #[serde(default)]
    pub remove: bool,
}

/// A whole number in a JSON body, or in the last of server-sent events that has one.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResponseBodyCost {
    /// Where it stands, as a JSON Pointer (RFC 6901).
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["/usage/total_tokens"])))]
    pub pointer: String,
    /// What a response costs at least, and what one costs that does not say it. It is taken with the
    /// response's headers, so that a client who goes away before the end has used it.
    #[serde(default = "one")]
    pub default: u64,
    /// The longest body that is read, in bytes: 1 to 8388608.
    #[serde(default = "mebibyte")]
    pub max_body: u32,
}

fn mebibyte() -> u32 {
    1024 * 1024
}

fn one() -> u64 {
    1
}
