//! What policies ask for, resolved: which filters go to the routes of which objects.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::cluster::Cluster;
use crate::splice::{Filter, Owner};

/// One policy as it is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `<namespace>/<name>`.
    pub policy: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// The objects whose routes it is for.
    pub targets: BTreeSet<Owner>,
    /// What is done with these routes.
    pub action: Action,
    /// What its filters may call.
    pub clusters: Vec<Cluster>,
}

/// What is done with the routes of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// These filters run on them.
    Filter(Vec<Filter>),
    /// They answer 503 with this text: the policy cannot be carried out, and never could.
    Close(String),
    /// Nothing: the policy cannot be carried out, and says that this is no reason to close.
    Pass,
}

impl Attachment {
    /// A digest of what is done with the routes; that of another generation may be the same.
    pub fn revision(&self) -> Revision {
        match &self.action {
            Action::Filter(filters) => {
                let clusters = self
                    .clusters
                    .iter()
                    .map(|cluster| format!(" {}", cluster.name));
                Revision(digest(filters) + &clusters.collect::<String>())
            }
            Action::Close(_) | Action::Pass => Revision(String::new()),
        }
    }
}

/// Tells one version of a policy's filters from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(String);

/// A digest of filters in their order: 16 hexadecimal digits.
pub fn digest<'a>(filters: impl IntoIterator<Item = &'a Filter>) -> String {
    let mut hash = Sha256::new();
    for filter in filters {
        hash.update([filter.position as u8]);
        hash.update((filter.message.len() as u64).to_be_bytes());
        hash.update(&filter.message);
    }
    hex(&hash.finalize()).chars().take(16).collect()
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
