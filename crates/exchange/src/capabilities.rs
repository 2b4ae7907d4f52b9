//! What a policy asks of its host beyond the headers of a phase.

/// `capabilities` of `filter.yaml`, as the policy's crate knows them; a test holds the two together.
///
/// A host compiles in what is named here and no more, so that a filter which only reads headers
/// pays for nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It calls upstreams of its own and may wait for them.
    pub callouts: bool,
    /// It reads and writes what workers share.
    pub shared_data: bool,
    /// It works in the background, and streams may wait for what is fetched there.
    pub timers: bool,
    /// It has signatures checked by the host (`foreignFunctions` of `filter.yaml`).
    pub signatures: bool,
}

impl Capabilities {
    /// Headers alone.
    pub const NONE: Self = Self {
        callouts: false,
        shared_data: false,
        timers: false,
        signatures: false,
    };

    /// Whether a stream may wait.
    pub const fn waits(self) -> bool {
        self.callouts || self.timers
    }

    /// Whether it asks for anything.
    pub const fn any(self) -> bool {
        self.callouts || self.shared_data || self.timers || self.signatures
    }
}
