//! Bodies: how a policy asks for one, and how it gets it.

/// A body that a policy asked for in the header phase of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It is longer than the policy's limit. What was taken goes on with the rest of it, unless the
    /// policy answers.
    TooLarge,
    /// The VM holds as much of other bodies as it may. Otherwise as [`Body::TooLarge`].
    NoRoom,
}

/// What becomes of the body of a message, as a header phase decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyPlan {
    /// Whether it is held until the policy has seen it, so that it can be replaced.
    pub hold: bool,
    /// The most bytes that the policy reads.
    pub limit: usize,
}
