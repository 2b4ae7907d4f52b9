//! Two policies on one target: the older one counts.

use std::collections::HashMap;

use crate::policy::compile::Compiled;
use crate::policy::{Problem, Reason};

/// Takes from each policy the targets that one before it has, and notes which that is. The older
/// ones come first.
pub(crate) fn settle(policies: &mut [Compiled]) {
    let mut claimed = HashMap::new();
    for policy in policies {
        let name = &policy.attachment.policy;
        for target in std::mem::take(&mut policy.attachment.targets) {
            match claimed.get(&target) {
                Some(older) => {
                    let why = format!("{older} is older and has the same target");
                    let problem = Problem::new(Reason::Conflicted, why);
                    policy.refused.insert(target, problem);
                }
                None => {
                    claimed.insert(target.clone(), name.clone());
                    policy.attachment.targets.insert(target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::attachment::{Action, Attachment, Target};
    use crate::splice::Owner;

    fn target(name: &str, section: Option<&str>) -> Target {
        Target {
            owner: Owner {
                kind: "Gateway".into(),
                namespace: "shop".into(),
                name: name.into(),
            },
            section: section.map(Into::into),
        }
    }

    fn policy(name: &str, targets: &[Target]) -> Compiled {
        Compiled {
            attachment: Attachment {
                policy: name.into(),
                generation: 1,
                targets: targets.iter().cloned().collect(),
                selects: [].into(),
                enforced: false,
                redirects: false,
                action: Action::Pass,
            },
            problem: None,
            remarks: vec![],
            targets: targets.to_vec(),
            refused: BTreeMap::new(),
            notes: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_has_the_target_and_the_second_the_rest() {
        let [x, y, z] = ["x", "y", "z"].map(|name| target(name, None));
        let part = target("y", Some("web"));
        let mut policies = [
            policy("shop/a", &[x.clone(), y.clone()]),
            policy("shop/b", &[y.clone(), part.clone(), z.clone()]),
        ];
        settle(&mut policies);
        let [a, b] = policies;
        assert_eq!(a, policy("shop/a", &[x, y.clone()]));
        assert_eq!(b.attachment, policy("shop/b", &[part, z]).attachment);
        let told: Vec<_> = b.refused.iter().collect();
        let why = "shop/a is older and has the same target";
        let problem = Problem::new(Reason::Conflicted, why);
        assert_eq!(told, [(&y, &problem)]);
    }
}
