//! Which versions of policies Envoys have taken or refused, and what is served because of it.
//!
//! A refusal that a policy caused is undone: what it had before is served, or its routes are closed
//! where it never had anything good. It never holds up another policy, nor Contour's own changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::attachment::{Action, Attachment, Revision};

/// What is known of the versions of policies.
#[derive(Debug, Default)]
pub struct Delivery {
    /// By policy, the last version that an Envoy has taken.
    good: HashMap<String, Attachment>,
    /// By policy, what was good before this process began. It may be refused all the same.
    restored: HashMap<String, Attachment>,
    /// Versions that Envoys refused, and their words.
    refused: HashMap<(String, Revision), String>,
    /// Versions that may be what was refused: they are tried one by one.
    held: BTreeSet<(String, Revision)>,
}

/// Who is to blame for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blame {
    /// That policy.
    Policy(String),
    /// One of these policies: each is tried by itself.
    Unclear(Vec<String>),
    /// Nothing that was added: Contour's own resources.
    Contour,
}

impl Blame {
    /// The policies of which one is to blame.
    pub fn policies(&self) -> &[String] {
        match self {
            Self::Policy(policy) => std::slice::from_ref(policy),
            Self::Unclear(policies) => policies,
            Self::Contour => &[],
        }
    }
}

impl Delivery {
    /// What is served for a policy: what it asks for now, or what it had before where that has a
    /// problem or was refused. `otherwise` is what becomes of its routes where there is neither.
    pub fn effective(
        &self,
        attachment: &Attachment,
        problem: bool,
        otherwise: impl FnOnce() -> Action,
    ) -> Attachment {
        let version = (attachment.policy.clone(), attachment.revision());
        if !problem && !self.refused.contains_key(&version) && !self.held.contains(&version) {
            return attachment.clone();
        }
        let fallback = self.fallback(&attachment.policy).cloned();
        fallback.unwrap_or_else(|| Attachment {
            action: otherwise(),
            ..attachment.clone()
        })
    }

    /// What is served for a policy where what it asks for now cannot be.
    pub fn fallback(&self, policy: &str) -> Option<&Attachment> {
        let good = self.good.get(policy);
        good.or_else(|| self.restored.get(policy))
            .filter(|good| self.refusal(good).is_none())
    }

    /// Remembers what was good of a policy before this process began.
    pub fn restore(&mut self, attachment: Attachment) {
        self.restored.insert(attachment.policy.clone(), attachment);
    }

    /// Why this version of a policy was refused, if it was.
    pub fn refusal(&self, attachment: &Attachment) -> Option<&str> {
        let version = (attachment.policy.clone(), attachment.revision());
        self.refused.get(&version).map(String::as_str)
    }

    /// An Envoy has taken these. Answers whether something else is to be tried now.
    pub fn taken(&mut self, served: &[Attachment]) -> bool {
        for attachment in served {
            if matches!(attachment.action, Action::Filter(_)) {
                self.good
                    .insert(attachment.policy.clone(), attachment.clone());
            }
        }
        self.held.pop_first().is_some()
    }

    /// An Envoy has refused these, in these words.
    pub fn refused(&mut self, served: &[Attachment], words: &str) -> Blame {
        let filtering = served
            .iter()
            .filter(|attachment| matches!(attachment.action, Action::Filter(_)));
        let new: Vec<&Attachment> = filtering
            .filter(|attachment| {
                let good = self.good.get(&attachment.policy);
                good.is_none_or(|good| good.revision() != attachment.revision())
            })
            .collect();
        let named: Vec<&Attachment> = new
            .iter()
            .copied()
            .filter(|attachment| names(words, &attachment.policy))
            .collect();
        let suspects = if named.is_empty() { new } else { named };
        match suspects.as_slice() {
            [] => Blame::Contour,
            [one] => {
                let version = (one.policy.clone(), one.revision());
                self.refused.insert(version, words.to_owned());
                Blame::Policy(one.policy.clone())
            }
            [_, others @ ..] => {
                // All but the first; then one more with each that is taken.
                let others = others.iter();
                self.held
                    .extend(others.map(|other| (other.policy.clone(), other.revision())));
                let names = suspects.iter().map(|suspect| suspect.policy.clone());
                Blame::Unclear(names.collect())
            }
        }
    }

    /// Forgets what is said of policies that are gone, and of versions that nobody asks for now.
    pub fn forget_but(&mut self, wanted: &BTreeMap<String, Revision>) {
        for versions in [&mut self.good, &mut self.restored] {
            versions.retain(|policy, _| wanted.contains_key(policy));
        }
        let restored = &self.restored;
        self.refused.retain(|(policy, revision), _| {
            let fallback = restored.get(policy).map(Attachment::revision);
            wanted.get(policy) == Some(revision) || fallback.as_ref() == Some(revision)
        });
        self.held
            .retain(|(policy, revision)| wanted.get(policy) == Some(revision));
    }
}

/// Whether Envoy's words name a filter of that policy.
fn names(words: &str, policy: &str) -> bool {
    words.contains(&format!("hachure/{policy}/"))
}

#[cfg(test)]
mod tests {
    use hachure_exchange::Touched;

    use super::*;
    use crate::splice::{Filter, Position};

    fn policy(name: &str, content: &str) -> Attachment {
        let filter = Filter {
            name: format!("hachure/{name}/0/x"),
            position: Position::Last,
            message: content.into(),
        };
        Attachment {
            policy: name.into(),
            generation: 1,
            targets: BTreeSet::new(),
            selects: BTreeSet::new(),
            enforced: false,
            redirects: false,
            action: Action::Filter([(filter, Touched::nothing())].into_iter().collect()),
        }
    }

    fn closed() -> Action {
        Action::Close("closed".into())
    }

    fn served(delivery: &Delivery, attachment: &Attachment) -> Attachment {
        delivery.effective(attachment, false, closed)
    }

    #[test]
    fn what_was_refused_gives_way_to_what_was_good() {
        let mut delivery = Delivery::default();
        let [old, new] = ["old", "new"].map(|content| policy("shop/a", content));
        assert!(!delivery.taken(std::slice::from_ref(&old)));
        assert_eq!(served(&delivery, &new), new);
        let blame = delivery.refused(std::slice::from_ref(&new), "no");
        assert_eq!(blame, Blame::Policy("shop/a".into()));
        assert_eq!(served(&delivery, &new), old);
        assert_eq!(delivery.refusal(&new), Some("no"));
        assert_eq!(delivery.refusal(&old), None);
    }

    #[test]
    fn what_was_never_good_closes_its_routes() {
        let mut delivery = Delivery::default();
        let bad = policy("shop/a", "bad");
        delivery.refused(std::slice::from_ref(&bad), "no");
        assert_eq!(served(&delivery, &bad).action, closed());
        let problem = delivery.effective(&policy("shop/b", "x"), true, closed);
        assert_eq!(problem.action, closed());
    }

    #[test]
    fn what_was_good_before_a_restart_is_served_until_it_is_refused_itself() {
        let mut delivery = Delivery::default();
        let [old, new] = ["old", "new"].map(|content| policy("shop/a", content));
        delivery.restore(old.clone());
        let problem = |delivery: &Delivery| delivery.effective(&new, true, closed);
        assert_eq!(problem(&delivery), old);
        assert_eq!(served(&delivery, &new), new);
        delivery.refused(std::slice::from_ref(&new), "no");
        assert_eq!(served(&delivery, &new), old);
        delivery.refused(std::slice::from_ref(&old), "no");
        delivery.forget_but(&BTreeMap::from([("shop/a".into(), new.revision())]));
        assert_eq!(served(&delivery, &new).action, closed());
    }

    #[test]
    fn the_one_that_is_named_is_to_blame() {
        let mut delivery = Delivery::default();
        let both = ["shop/a", "shop/b"].map(|name| policy(name, "x"));
        let words = "Unable to create Wasm plugin hachure/shop/b/0/x";
        let blame = delivery.refused(&both, words);
        assert_eq!(blame, Blame::Policy("shop/b".into()));
        let [a, _] = &both;
        assert_eq!(served(&delivery, a), *a);
    }

    #[test]
    fn where_none_is_named_each_is_tried_by_itself() {
        let mut delivery = Delivery::default();
        let all = ["shop/a", "shop/b", "shop/c"].map(|name| policy(name, "x"));
        let [_, b, _] = &all;
        let mut rounds = 0;
        // An Envoy that refuses whatever has `b` in it.
        loop {
            rounds += 1;
            let now: Vec<_> = all.iter().map(|one| served(&delivery, one)).collect();
            if now.contains(b) {
                delivery.refused(&now, "no");
            } else if !delivery.taken(&now) {
                break;
            }
            assert!(rounds < 10);
        }
        let now: Vec<_> = all
            .iter()
            .map(|one| served(&delivery, one).action)
            .collect();
        let expected: Vec<_> = all
            .iter()
            .map(|one| {
                if one == b {
                    closed()
                } else {
                    one.action.clone()
                }
            })
            .collect();
        assert_eq!(now, expected);
        assert_eq!(delivery.refusal(b), Some("no"));
    }

    #[test]
    fn nothing_new_is_contours_own() {
        let mut delivery = Delivery::default();
        let good = [policy("shop/a", "x")];
        delivery.taken(&good);
        assert_eq!(delivery.refused(&good, "no"), Blame::Contour);
        assert_eq!(delivery.refused(&[], "no"), Blame::Contour);
    }

    #[test]
    fn another_version_is_tried_again() {
        let mut delivery = Delivery::default();
        let bad = policy("shop/a", "bad");
        delivery.refused(std::slice::from_ref(&bad), "no");
        let other = policy("shop/a", "other");
        delivery.forget_but(&BTreeMap::from([("shop/a".into(), other.revision())]));
        assert_eq!(served(&delivery, &other), other);
        assert_eq!(delivery.refusal(&bad), None);
    }
}
