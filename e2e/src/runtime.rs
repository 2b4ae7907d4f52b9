//! The runtime on which upstreams serve and clients ask, behind functions that block.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// How long anything between a client and an upstream may take.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime")
    })
}

/// Waits for an exchange; one that hangs is an error.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let hung = || Err(format!("nothing came within {} s", LIMIT.as_secs()));
    runtime()
        .block_on(async { timeout(LIMIT, work).await })
        .unwrap_or_else(|_| hung())
}
