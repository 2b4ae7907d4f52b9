//! What a module's calls of the host cost: the crossings are what Envoy's users pay for.

use std::collections::BTreeMap;

/// Calls of host functions and the bytes that they carried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs {
    /// How often each function was called.
    pub calls: BTreeMap<&'static str, u64>,
    /// Bytes that the module handed over: names, values, paths, bodies.
    pub bytes_in: u64,
    /// Bytes that the host copied into the module.
    pub bytes_out: u64,
    /// Buffers that the host asked the module to allocate, each an entry into the VM.
    pub allocations: u64,
}

impl Costs {
    /// All calls.
    pub fn total(&self) -> u64 {
        self.calls.values().sum()
    }

    /// How often that function was called.
    pub fn of(&self, function: &str) -> u64 {
        self.calls.get(function).copied().unwrap_or(0)
    }
}
