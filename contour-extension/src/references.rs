//! Objects that policies name one by one. Only these are read, and of each only what counts: a
//! Secret's other keys are forgotten at once.

mod follow;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use kube::Client;
use tokio::sync::watch;

/// What a policy names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub what: What,
}

/// A Service, or one key of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A Service.
    Service,
    /// The value of that key of a ConfigMap.
    ConfigMap(String),
    /// The value of that key of a Secret.
    Secret(String),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A Service.
    Service(Service),
    /// The value of a key.
    Value(Bytes),
    /// There is no such object.
    Nothing,
    /// The object does not have that key.
    NoKey,
    /// The API server does not show it.
    Unread(String),
}

/// A Service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Its cluster IP; a headless one has none.
    pub address: Option<IpAddr>,
    /// It stands for a DNS name.
    pub external: bool,
    /// Its TCP ports.
    pub ports: BTreeSet<u16>,
}

/// What is known: nothing of a reference that was not read yet.
pub type Referenced = BTreeMap<Reference, Found>;

/// The references that are followed.
#[derive(Debug)]
pub struct References {
    wanted: watch::Sender<BTreeSet<Reference>>,
    known: watch::Receiver<Arc<Referenced>>,
}

impl References {
    /// Follows those that are wanted, and forgets others.
    pub fn follow(client: Client) -> Self {
        let (wanted, followed) = watch::channel(BTreeSet::new());
        let (sender, known) = watch::channel(Arc::default());
        tokio::spawn(follow::all(client, followed, sender));
        Self { wanted, known }
    }

    /// Says which are wanted from now on.
    pub fn want(&self, references: BTreeSet<Reference>) {
        self.wanted.send_if_modified(|wanted| {
            let differs = *wanted != references;
            *wanted = references;
            differs
        });
    }

    /// What is known now.
    pub fn known(&mut self) -> Arc<Referenced> {
        Arc::clone(&self.known.borrow_and_update())
    }

    /// Waits until something else is known.
    ///
    /// # Errors
    /// Nothing is followed any more.
    pub async fn changed(&mut self) -> Result<(), watch::error::RecvError> {
        self.known.changed().await
    }
}
