//! The key of the hash that gives keys their places.

use std::cell::Cell;

use hachure_exchange::Exchange;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// A key that all workers of the process share and nobody outside knows: without it a client that
/// chooses its own keys could choose some that crowd out another's.
#[derive(Debug)]
pub(crate) struct Secret {
    cell: [u8; 16],
    seed: [u8; 16],
    known: Cell<Option<[u8; 16]>>,
}

impl Secret {
    /// The first worker that needs it makes it, of its `seed`, and puts it into `cell`.
    pub(crate) fn new(cell: [u8; 16], seed: [u8; 16]) -> Self {
        Self {
            cell,
            seed,
            known: Cell::new(None),
        }
    }

    /// The hash of a key; none where the secret cannot be read.
    pub(crate) fn hash(&self, key: &[u8], x: &mut Exchange<'_>) -> Option<u128> {
        let secret = match self.known.get() {
            Some(secret) => secret,
            None => self.fetch(x)?,
        };
        let mut hasher = SipHasher24::new_with_key(&secret);
        hasher.write(key);
        Some(hasher.finish128().as_u128())
    }

    fn fetch(&self, x: &mut Exchange<'_>) -> Option<[u8; 16]> {
        let mut secret = None;
        let updated = x.update(&self.cell, |held| {
            let held = held.and_then(|held| <[u8; 16]>::try_from(held).ok());
            secret = Some(held.unwrap_or(self.seed));
            held.is_none().then(|| self.seed.to_vec())
        });
        self.known.set(secret.filter(|_| updated.is_ok()));
        self.known.get()
    }
}
