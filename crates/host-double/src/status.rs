//! What a host function answers.

/// A status of the ABI, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// There is no such thing.
    NotFound = 1,
    /// An argument that the host does not take, or a thing that the phase does not have.
    BadArgument = 2,
    /// A value that has no form in the ABI.
    SerializationFailure = 3,
    /// An argument that does not parse; for gRPC calls an unknown upstream.
    ParseFailure = 4,
    /// A pointer outside of the module's memory.
    InvalidMemoryAccess = 6,
    /// A queue without an item.
    Empty = 7,
    /// The value has changed since it was read.
    CasMismatch = 8,
    /// The host failed, or withholds the capability.
    InternalFailure = 10,
    /// The host has no such function.
    Unimplemented = 12,
}

pub(crate) type Result<T> = std::result::Result<T, Status>;
