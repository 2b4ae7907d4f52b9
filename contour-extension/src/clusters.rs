//! The clusters of policies' upstreams that Envoys are served, beside Contour's.
//!
//! A cluster is there before a filter that calls it, and goes after the last one: connections that
//! are older than a change of a policy run the filter as it was, until Envoy has drained them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::attachment::{Action, Attachment, hex};
use crate::cluster::Cluster;

/// How long a cluster stays whose policy has other filters now: Envoy drains connections for 10
/// minutes.
const AFTER_CHANGE: Duration = Duration::from_secs(660);
/// How long one stays whose policy has none: its filters run on no route, and their calls end.
const AFTER_POLICY: Duration = Duration::from_secs(10);
/// How many clusters of a policy stay at most.
const MOST: usize = 32;

/// What is served, and what of it is only there for what is older.
#[derive(Debug, Clone, Default)]
pub struct Clusters {
    current: BTreeMap<String, Cluster>,
    leaving: BTreeMap<String, (Cluster, Instant)>,
    /// The policies that have filters.
    filtering: BTreeSet<String>,
}

impl Clusters {
    /// What is to be served for these policies, after this.
    #[must_use]
    pub fn next(&self, attachments: &[Attachment], now: Instant) -> Self {
        let clusters = attachments.iter().flat_map(Attachment::clusters);
        let current: BTreeMap<_, _> = clusters
            .map(|cluster| (cluster.name.clone(), cluster.clone()))
            .collect();
        let filtering = attachments
            .iter()
            .filter(|attachment| matches!(attachment.action, Action::Filter(_)));
        let filtering = filtering.map(|attachment| attachment.policy.clone());
        let filtering: BTreeSet<_> = filtering.collect();
        let was = self
            .current
            .iter()
            .map(|(name, cluster)| (name, cluster, now));
        let left = self
            .leaving
            .iter()
            .map(|(name, (cluster, since))| (name, cluster, *since));
        let mut leaving: BTreeMap<_, _> = was
            .chain(left)
            .filter(|(name, cluster, since)| {
                let age = now.saturating_duration_since(*since);
                !current.contains_key(*name) && age < stays(cluster, &filtering)
            })
            .map(|(name, cluster, since)| (name.clone(), (cluster.clone(), since)))
            .collect();
        forget_oldest(&mut leaving);
        Self {
            current,
            leaving,
            filtering,
        }
    }

    /// Forgets those of these policies, which no Envoy has taken.
    pub fn forget(&mut self, policies: &[String]) {
        self.current
            .retain(|_, cluster| !policies.contains(&cluster.policy));
    }

    /// When the next of them has to go.
    pub fn until(&self) -> Option<Instant> {
        let leaving = self.leaving.values();
        let ends = leaving
            .filter_map(|(cluster, since)| since.checked_add(stays(cluster, &self.filtering)));
        ends.min()
    }

    /// Those that filters call now.
    pub fn current(&self) -> impl Iterator<Item = &Cluster> {
        self.current.values()
    }

    /// All that are served, by their names.
    pub fn served(&self) -> BTreeMap<&str, &Bytes> {
        let leaving = self.leaving.values().map(|(cluster, _)| cluster);
        let all = self.current.values().chain(leaving);
        all.map(|cluster| (cluster.name.as_str(), &cluster.message))
            .collect()
    }

    /// A digest of what is served; none where that is nothing.
    pub fn version(&self) -> Option<String> {
        let served = self.served();
        // The names tell one content from another.
        let names = served.keys().copied().collect::<Vec<_>>().join("\n");
        let digest = || hex(&Sha256::digest(names)).chars().take(16).collect();
        (!served.is_empty()).then(digest)
    }
}

/// How long a cluster stays that no filter calls now.
fn stays(cluster: &Cluster, filtering: &BTreeSet<String>) -> Duration {
    match filtering.contains(&cluster.policy) {
        true => AFTER_CHANGE,
        false => AFTER_POLICY,
    }
}

/// A policy that changes without end has no clusters without end.
fn forget_oldest(leaving: &mut BTreeMap<String, (Cluster, Instant)>) {
    let mut newest: Vec<_> = leaving
        .iter()
        .map(|(name, (cluster, since))| (*since, cluster.policy.clone(), name.clone()))
        .collect();
    newest.sort_by(|a, b| b.cmp(a));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, policy, name) in newest {
        let count = counts.entry(policy).or_default();
        *count = count.saturating_add(1);
        if *count > MOST {
            leaving.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachment::Filters;

    fn cluster(policy: &str, name: &str) -> Cluster {
        Cluster {
            name: format!("hachure/{policy}/{name}"),
            policy: policy.into(),
            resolves: false,
            message: Bytes::new(),
        }
    }

    fn attachment(policy: &str, names: &[&str]) -> Attachment {
        let filters: Filters = [].into_iter().collect();
        let clusters = names.iter().map(|name| cluster(policy, name));
        Attachment {
            policy: policy.into(),
            generation: 1,
            targets: BTreeSet::new(),
            selects: BTreeSet::new(),
            enforced: false,
            redirects: false,
            action: Action::Filter(filters.calling(clusters)),
        }
    }

    fn served(clusters: &Clusters) -> Vec<&str> {
        let served = clusters.served().into_keys();
        served
            .map(|name| name.strip_prefix("hachure/").unwrap())
            .collect()
    }

    #[test]
    fn a_cluster_stays_until_nothing_calls_it() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let one = Clusters::default().next(&[attachment("s/a", &["x~1"])], start);
        assert_eq!((served(&one), one.until()), (vec!["s/a/x~1"], None));
        let two = one.next(&[attachment("s/a", &["x~2"])], after(1));
        assert_eq!(served(&two), ["s/a/x~1", "s/a/x~2"]);
        assert_eq!(two.current().count(), 1);
        assert_eq!(two.until(), Some(after(661)));
        let same = two.next(&[attachment("s/a", &["x~2"])], after(660));
        assert_eq!(served(&same), ["s/a/x~1", "s/a/x~2"]);
        let later = same.next(&[attachment("s/a", &["x~2"])], after(661));
        assert_eq!((served(&later), later.until()), (vec!["s/a/x~2"], None));
    }

    #[test]
    fn a_policy_that_goes_takes_its_clusters_along() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        // One whose name begins alike is another.
        let both = [attachment("s/a", &["x~1"]), attachment("s/ab", &["x~1"])];
        let all = Clusters::default().next(&both, start);
        let [mut first, other] = both;
        let gone = all.next(std::slice::from_ref(&other), after(1));
        assert_eq!(served(&gone), ["s/a/x~1", "s/ab/x~1"]);
        assert_eq!(gone.until(), Some(after(11)));
        let later = gone.next(std::slice::from_ref(&other), after(11));
        assert_eq!(served(&later), ["s/ab/x~1"]);
        // One that comes back is no longer leaving.
        let back = gone.next(&[attachment("s/a", &["x~1"]), other], after(2));
        assert_eq!(back.until(), None);
        // Connections that are older than filters that call nothing still call.
        first.action = Action::Filter([].into_iter().collect());
        let silent = all.next(&[first], after(1));
        assert_eq!(silent.until(), Some(after(11)));
        assert_eq!(served(&silent).len(), 2);
        let later = silent.next(&[attachment("s/a", &[])], after(12));
        assert_eq!(served(&later), ["s/a/x~1"]);
    }

    #[test]
    fn what_is_closed_calls_nothing() {
        let mut closed = attachment("s/a", &["x~1"]);
        closed.action = Action::Pass;
        let none = Clusters::default().next(&[closed], Instant::now());
        assert_eq!((served(&none), none.version()), (vec![], None));
    }

    #[test]
    fn a_policy_that_changes_without_end_has_not_clusters_without_end() {
        let start = Instant::now();
        let mut clusters = Clusters::default();
        for turn in 0..100 {
            let name = format!("x~{turn}");
            let now = start + Duration::from_secs(turn);
            clusters = clusters.next(&[attachment("s/a", &[&name])], now);
        }
        let names = served(&clusters);
        assert_eq!(names.len(), MOST + 1);
        assert!(names.contains(&"s/a/x~99") && !names.contains(&"s/a/x~0"));
    }
}
