//! What compiling a policy may do besides reading its config.

use sha2::{Digest, Sha256};

use crate::Metrics;

/// What a policy is told when it is compiled.
pub struct Setup<'a> {
    /// Where the policy names its counters.
    pub metrics: &'a mut Metrics,
    /// The name of the configured instance, as the operator gave it.
    pub plugin: &'a str,
    /// Random, another in each VM: the key of hashes over what clients send. Zeros where
    /// [`crate::Policy::CAPABILITIES`] asks for nothing, and in tests.
    pub seed: [u8; 16],
}

impl Setup<'_> {
    /// The prefix of every key of shared data: 128 bits of SHA-256 over the instance's name and
    /// `parts`, each with its length, so that no two lists of parts are the same bytes.
    ///
    /// Shared data has one space for all that runs under a `vm_id`. Whatever makes two instances
    /// different belongs into the parts: the upstream too.
    pub fn scope(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut hash = Sha256::new();
        for part in [self.plugin.as_bytes()].iter().chain(parts) {
            // A length of 64 bits, whatever the machine's is.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part);
        }
        let whole: [u8; 32] = hash.finalize().into();
        whole.first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(plugin: &str, parts: &[&[u8]]) -> [u8; 16] {
        let setup = Setup {
            metrics: &mut Metrics::new("x"),
            plugin,
            seed: [0; 16],
        };
        setup.scope(parts)
    }

    #[test]
    fn every_difference_is_another_scope() {
        let all = [
            scope("a", &[]),
            scope("b", &[]),
            scope("a", &[b""]),
            scope("a", &[b"bc"]),
            scope("a", &[b"b", b"c"]),
            scope("ab", &[b"c"]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "{i}");
        }
        assert_eq!(scope("a", &[b"b"]), scope("a", &[b"b"]));
    }
}
