//! Filters put into Contour's listeners and switched on in its routes, on the wire: only the fields
//! that lead to the place are walked, and every other byte is copied as it is.

mod choice;
mod listener;
mod manager;
mod routes;

use crate::wire::Malformed;

pub(crate) use choice::Choice;
pub use hachure_catalog::Position;
pub use listener::{Listener, listener};
pub use manager::{Chain, Filter};
pub(crate) use routes::choices;
pub use routes::{Host, Owner, Place, Route, Treatment, hosts, routes};

/// Why a filter could not be put into a connection manager, which then stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The message is not what Envoy would read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The last filter is not the router, or another one is too.
    #[error("the connection manager for the routes `{0}` does not end with its only router")]
    Router(String),
}
