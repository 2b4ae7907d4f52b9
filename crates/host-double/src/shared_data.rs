//! Shared data: one map of keys for each `vm_id`, with compare-and-swap.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::status::{Result, Status};

#[derive(Debug, Default)]
pub(crate) struct SharedData(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    maps: HashMap<String, HashMap<Vec<u8>, Entry>>,
    last_cas: u32,
}

#[derive(Debug, Clone)]
struct Entry {
    value: Vec<u8>,
    cas: u32,
}

impl SharedData {
    pub(crate) fn get(&self, vm_id: &str, key: &[u8]) -> Result<(Vec<u8>, u32)> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = inner.maps.get(vm_id).and_then(|map| map.get(key));
        entry
            .map(|entry| (entry.value.clone(), entry.cas))
            .ok_or(Status::NotFound)
    }

    /// A `cas` of 0 overwrites. Another one must be the key's own, unless the key is absent: then
    /// the value is stored whatever it is. So one that no key ever has (`u32::MAX`) creates only.
    /// Nothing is ever removed.
    pub(crate) fn set(&self, vm_id: &str, key: &[u8], value: &[u8], cas: u32) -> Result<()> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = inner.next_cas();
        let map = inner.maps.entry(vm_id.to_owned()).or_default();
        if map
            .get(key)
            .is_some_and(|entry| cas != 0 && cas != entry.cas)
        {
            return Err(Status::CasMismatch);
        }
        map.insert(
            key.to_vec(),
            Entry {
                value: value.to_vec(),
                cas: next,
            },
        );
        Ok(())
    }
}

impl Inner {
    /// Numbers are not used again, and 0 and `u32::MAX` are never issued.
    fn next_cas(&mut self) -> u32 {
        self.last_cas = if self.last_cas >= u32::MAX - 1 {
            1
        } else {
            self.last_cas + 1
        };
        self.last_cas
    }
}
