//! Two policies on one target: the older one counts.

use std::collections::HashMap;

use crate::policy::compile::Compiled;

/// Takes from each policy the targets that one before it has, and notes which that is. The older
/// ones come first.
pub(crate) fn settle(policies: &mut [Compiled]) {
    let mut claimed = HashMap::new();
    for policy in policies {
        let name = &policy.attachment.policy;
        for owner in std::mem::take(&mut policy.attachment.targets) {
            match claimed.get(&owner) {
                Some(older) => drop(policy.conflicts.insert(owner, String::clone(older))),
                None => {
                    claimed.insert(owner.clone(), name.clone());
                    policy.attachment.targets.insert(owner);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::attachment::{Action, Attachment};
    use crate::splice::Owner;

    fn owner(name: &str) -> Owner {
        Owner {
            kind: "HTTPProxy".into(),
            namespace: "shop".into(),
            name: name.into(),
        }
    }

    fn policy(name: &str, targets: &[&str]) -> Compiled {
        Compiled {
            attachment: Attachment {
                policy: name.into(),
                generation: 1,
                targets: targets.iter().map(|target| owner(target)).collect(),
                action: Action::Pass,
                clusters: vec![],
            },
            problem: None,
            unresolved: None,
            conflicts: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_has_the_target_and_the_second_the_rest() {
        let mut policies = [policy("shop/a", &["x", "y"]), policy("shop/b", &["y", "z"])];
        settle(&mut policies);
        let [a, b] = policies;
        assert_eq!(a, policy("shop/a", &["x", "y"]));
        assert_eq!(b.attachment, policy("shop/b", &["z"]).attachment);
        assert_eq!(
            b.conflicts,
            BTreeMap::from([(owner("y"), "shop/a".to_owned())])
        );
    }
}
