//! `limits[].key`.

use serde::Deserialize;

/// One thing by which requests are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum KeyPart {
    /// The consumer that an authenticating filter before this one established.
    Consumer,
    /// A label of the consumer, such as its plan.
    Label(String),
    /// A claim of the token whose claims a filter before this one published, by its path:
    /// `tenant.id`, `https://example.com/tenant`, `'a.b'.c`. A string or a number.
    Claim(String),
    /// A request header. Two differing values are refused. Clients choose it: each new value is a
    /// key that has used nothing, unless something in front sets it.
    Header(String),
    /// A cookie. Clients choose it.
    Cookie(String),
    /// A query parameter, decoded. Clients choose it.
    Query(String),
    /// A path as `/tenants/{tenant}/**`: the key is what stands for each `{name}`, decoded. Paths
    /// of another form have no key. A path that can be read in two ways is refused.
    Path(String),
    /// The request's method.
    Method,
    /// The client's address as Envoy computes it, IPv6 by its first 64 bits. An IPv4 address in
    /// IPv6 form is that IPv4 address.
    Address,
    /// A text that is the same for every request.
    Constant(String),
}

impl KeyPart {
    /// Its kind as a number that stays, and its text.
    pub(crate) fn described(&self) -> (u8, &str) {
        match self {
            Self::Consumer => (0, ""),
            Self::Label(name) => (1, name),
            Self::Header(name) => (2, name),
            Self::Cookie(name) => (3, name),
            Self::Query(name) => (4, name),
            Self::Path(template) => (5, template),
            Self::Method => (6, ""),
            Self::Address => (7, ""),
            Self::Constant(text) => (8, text),
            Self::Claim(path) => (9, path),
        }
    }
}
