//! `providers[].from`.

use serde::{Deserialize, Serialize};

/// A place in which a request may carry a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum TokenSource {
    /// A header.
    Header(HeaderSource),
    /// A cookie.
    Cookie(CookieSource),
    /// A query parameter.
    Query(QuerySource),
}

/// A header that carries a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeaderSource {
    /// The header's name.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["authorization", "x-api-token"])))]
    pub name: String,
    /// What stands before the token, in any case: `Bearer `. A value that begins otherwise
    /// carries no token. By default `Bearer ` for `Authorization` and nothing for other headers.
    pub prefix: Option<String>,
}

/// A cookie that carries a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CookieSource {
    /// The cookie's name.
    pub name: String,
}

/// A query parameter that carries a token. Addresses end up in logs: prefer a header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuerySource {
    /// The parameter's name.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["access_token"])))]
    pub name: String,
}
