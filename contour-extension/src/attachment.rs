//! What policies ask for, resolved: which filters go to the routes of which objects.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use hachure_exchange::Touched;
use sha2::{Digest, Sha256};

use crate::cluster::Cluster;
use crate::splice::{Filter, Owner, Position};

/// One policy as it is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `<namespace>/<name>`.
    pub policy: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// What it is for.
    pub targets: BTreeSet<Target>,
    /// The kinds, each in a namespace, of which it selects objects by their labels.
    pub selects: BTreeSet<(String, String)>,
    /// Its filters stand in front of those of more specific policies, which do not replace it.
    pub enforced: bool,
    /// It is for routes that only redirect too.
    pub redirects: bool,
    /// What is done with these routes.
    pub action: Action,
}

/// What a policy is for: an object, or a listener of a Gateway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The object.
    pub owner: Owner,
    /// The part of it that is named.
    pub section: Option<String>,
}

/// What is done with the routes of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// These filters run on them.
    Filter(Filters),
    /// They answer 503 with this text: the policy cannot be carried out, and never could.
    Close(String),
    /// What was served before goes on; what was not, answers 503 with this text. The policy waits for
    /// something.
    Hold(String),
    /// Nothing: the policy cannot be carried out, and says that this is no reason to close.
    Pass,
}

/// The filters of a policy in the order of its list, and what they may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    list: Arc<[Filter]>,
    touched: Arc<[Touched]>,
    clusters: Arc<[Cluster]>,
    revision: Revision,
}

/// Tells one version of a policy's filters from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(Arc<str>);

impl Attachment {
    /// A digest of what is done with the routes; that of another generation may be the same.
    pub fn revision(&self) -> Revision {
        match &self.action {
            Action::Filter(filters) => filters.revision.clone(),
            Action::Close(_) | Action::Hold(_) | Action::Pass => Revision("".into()),
        }
    }

    /// What of requests its filters may change, and where that filter stands.
    pub fn touches(&self) -> impl Iterator<Item = (Position, &Touched)> {
        let touched = match &self.action {
            Action::Filter(filters) => &filters.touched[..],
            Action::Close(_) | Action::Hold(_) | Action::Pass => &[],
        };
        let filters = self.filters().iter().zip(touched);
        let filters = filters.filter(|(_, touched)| !touched.is_nothing());
        filters.map(|(filter, touched)| (filter.position, touched))
    }

    /// The filters that run on its routes.
    pub fn filters(&self) -> &[Filter] {
        match &self.action {
            Action::Filter(filters) => &filters.list,
            Action::Close(_) | Action::Hold(_) | Action::Pass => &[],
        }
    }

    /// What these filters may call.
    pub fn clusters(&self) -> &[Cluster] {
        match &self.action {
            Action::Filter(filters) => &filters.clusters,
            Action::Close(_) | Action::Hold(_) | Action::Pass => &[],
        }
    }
}

impl Filters {
    /// The same, where they may call these.
    #[must_use]
    pub fn calling(self, clusters: impl IntoIterator<Item = Cluster>) -> Self {
        let clusters: Arc<[Cluster]> = clusters.into_iter().collect();
        // A name tells one content from another.
        let names = clusters.iter().map(|cluster| format!(" {}", cluster.name));
        let revision = format!("{}{}", self.revision.0, names.collect::<String>());
        Self {
            revision: Revision(revision.into()),
            clusters,
            ..self
        }
    }
}

impl FromIterator<(Filter, Touched)> for Filters {
    fn from_iter<T: IntoIterator<Item = (Filter, Touched)>>(filters: T) -> Self {
        let (list, touched): (Vec<_>, Vec<_>) = filters.into_iter().unzip();
        Self {
            revision: Revision(digest(&list).into()),
            list: list.into(),
            touched: touched.into(),
            clusters: Arc::default(),
        }
    }
}

impl Target {
    /// The whole of an object.
    pub fn whole(owner: Owner) -> Self {
        Self {
            owner,
            section: None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Owner {
            kind,
            namespace,
            name,
        } = &self.owner;
        write!(to, "{kind} {namespace}/{name}")?;
        match &self.section {
            Some(section) => write!(to, " ({section})"),
            None => Ok(()),
        }
    }
}

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
