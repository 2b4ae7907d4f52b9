//! The end of the process, asked for by SIGTERM or SIGINT.

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether the process is asked to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Asked for by a signal.
    ///
    /// # Errors
    /// The signals cannot be received.
    pub fn on_signal() -> Result<Self> {
        let (mut term, mut int) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::info!("stopping");
            sender.send_replace(true);
            // Who asks later is answered too.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// Never asked for.
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether it is.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn asked(mut self) {
        let asked = self.0.wait_for(|asked| *asked).await.is_ok();
        if !asked {
            std::future::pending::<()>().await;
        }
    }
}
