//! Waiting for a time that may not be.

use std::time::Instant;

/// Waits until then; for ever where there is no such time.
pub(crate) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}
