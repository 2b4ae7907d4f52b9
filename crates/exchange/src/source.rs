//! What a host must be able to tell; everything else is decided from that.

use crate::{Call, HeaderMap, SignatureCheck, UnixTime};

/// The host could not answer a read that the phase allows.
///
/// A policy never sees it: the exchange remembers it and the host fails closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// Facts about a stream that are not headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property<'a> {
    /// The peer's IP address and port as Envoy sees it (`source.address`), as text.
    SourceAddress,
    /// How the response came about (`response.code_details`): `via_upstream`, or the name of
    /// what answered locally.
    ResponseCodeDetails,
    /// Filter state that an earlier filter set, by its key without the `wasm.` prefix.
    FilterState(&'a str),
    /// The stream's dynamic metadata, as [`crate::Metadata`] reads it: the message
    /// `envoy.config.core.v3.Metadata`, serialized.
    Metadata,
}

/// Reads of one phase. An implementation answers from the host, or from a test's values.
pub trait Source {
    /// The headers of this phase: the request's in request phases, the response's in response
    /// phases.
    fn headers(&mut self) -> Result<HeaderMap, Fault>;

    /// The first value of `name` in this phase, cheaper than the whole map.
    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// A fact that is not a header; `None` where the host has none.
    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault>;

    /// The wall clock.
    fn now(&mut self) -> Result<UnixTime, Fault>;

    /// A value that all workers share, and the number of its version; `None` where there is none.
    fn shared(&mut self, _key: &[u8]) -> Result<Option<(Vec<u8>, u32)>, Fault> {
        Err(Fault)
    }

    /// Writes a shared value if its version still has that number; false where another was faster.
    /// [`crate::CREATE_ONLY`] writes only where there is none.
    fn set_shared(&mut self, _key: &[u8], _value: &[u8], _cas: u32) -> Result<bool, Fault> {
        Err(Fault)
    }

    /// Whether the signature is that of the text, by the host's crypto. `None` where the host has
    /// none that passed its known-answer test, or does not take such a key.
    fn verify_signature(&mut self, _check: &SignatureCheck<'_>) -> Option<bool> {
        None
    }

    /// Calls an upstream. The answer comes later, with the tag.
    fn call(&mut self, _tag: u16, _call: &Call<'_>) {}

    /// 64 random bits.
    fn random(&mut self) -> Result<u64, Fault> {
        Err(Fault)
    }
}
