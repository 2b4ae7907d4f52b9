//! Cells that all workers share.

use crate::{Fault, Source};

/// The number that a write carries which only creates: no value in the host has it.
pub const CREATE_ONLY: u32 = u32::MAX;
/// Four workers that count on one key for all they are worth lose one write in sixty, so that a
/// loss of as many in a row does not happen to a host that works.
const ATTEMPTS: usize = 64;

/// Others were faster every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contended;

/// What becomes of a value; `None` leaves it as it is.
pub(crate) type Decide<'a> = &'a mut dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>>;

/// Replaces a value by what `decide` makes of it, however many do the same at once.
pub(crate) fn update(
    source: &mut dyn Source,
    key: &[u8],
    decide: Decide<'_>,
) -> Result<Result<(), Contended>, Fault> {
    for _ in 0..ATTEMPTS {
        let held = source.shared(key)?;
        let (value, cas) = match &held {
            Some((value, cas)) => (Some(value.as_slice()), *cas),
            None => (None, CREATE_ONLY),
        };
        let Some(new) = decide(value) else {
            return Ok(Ok(()));
        };
        if source.set_shared(key, &new, cas)? {
            return Ok(Ok(()));
        }
    }
    Ok(Err(Contended))
}
