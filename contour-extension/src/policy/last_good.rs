//! The generation of a policy that every Envoy had last, kept in its status.
//!
//! There it is where every replica reads it, it goes with the policy, and who may read one may read
//! the other. It is a spec and no result: what an add-on of another version makes of it is its own.

use kube::ResourceExt;

use crate::attachment::Attachment;
use crate::policy::compile::compile;
use crate::policy::resource::{ContourExtensionPolicy, LastGood};
use crate::surroundings::Surroundings;

/// A spec that takes more bytes as JSON is not kept: an object has to fit into the API server's 1.5 MB.
const LIMIT: usize = 512 * 1024;

/// This generation, to be kept.
pub(crate) fn keep(policy: &ContourExtensionPolicy) -> Option<LastGood> {
    let spec = serde_json::to_value(&policy.spec).ok()?;
    let fits = spec.to_string().len() <= LIMIT;
    fits.then_some(LastGood {
        generation: policy.metadata.generation.unwrap_or_default(),
        spec,
    })
}

/// What is made now of the generation that was kept.
pub(crate) fn kept(
    policy: &ContourExtensionPolicy,
    surroundings: &Surroundings,
) -> Option<Attachment> {
    let compiled = compile(&then(policy)?, surroundings);
    compiled.problem.is_none().then_some(compiled.attachment)
}

/// The policy in the generation that was kept.
pub(crate) fn then(policy: &ContourExtensionPolicy) -> Option<ContourExtensionPolicy> {
    let kept = policy.status.as_ref()?.last_good.as_ref()?;
    let mut then = policy.clone();
    then.spec = match serde_json::from_value(kept.spec.clone()) {
        Ok(spec) => spec,
        Err(why) => {
            let policy = format!(
                "{}/{}",
                policy.namespace().unwrap_or_default(),
                policy.name_any()
            );
            tracing::warn!(policy, "its last good generation cannot be read: {why}");
            return None;
        }
    };
    then.metadata.generation = Some(kept.generation);
    Some(then)
}
