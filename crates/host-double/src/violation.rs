//! Calls that no module should make.

use std::fmt;

/// A call of the host in a phase that is not its own, or one that does harm in Envoy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The callback that ran: `proxy_on_request_headers`.
    pub callback: &'static str,
    /// The host function: `proxy_get_header_map_value`.
    pub function: &'static str,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} called {}: {}",
            self.callback, self.function, self.what
        )
    }
}
