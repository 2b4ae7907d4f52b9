//! Whose answers get CORS headers: the tables of `filters/cors/README.md`. A page can read an error
//! only with them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod natives;
mod router;

use hachure_casefile::Message;
use hachure_e2e::chain::ORIGIN;
use hachure_e2e::{Received, request};

/// A request of a page that the config allows.
fn from_page(method: &str, path: &str, more: &[(&str, &str)]) -> Message {
    request(method, path, &[&[("origin", ORIGIN)], more].concat())
}

fn readable(answer: &Received) -> bool {
    answer.all("access-control-allow-origin") == [ORIGIN]
}
