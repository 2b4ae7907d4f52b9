//! Metrics: an id for each definition, a value for each name of the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::status::{Result, Status};

const COUNTER: u32 = 0;
const GAUGE: u32 = 1;
const HISTOGRAM: u32 = 2;
/// The kind stands in the low bits of an id, as in Envoy.
const KIND_BITS: u32 = 0b11;
const ID_STEP: u32 = 4;

#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    names: HashMap<u32, String>,
    values: BTreeMap<(u32, String), u64>,
    last: u32,
}

impl Metrics {
    fn locked<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn define(&self, kind: u32, name: &[u8]) -> Result<u32> {
        if kind > HISTOGRAM {
            return Err(Status::BadArgument);
        }
        self.locked(|inner| {
            inner.last += ID_STEP;
            let id = inner.last | kind;
            let name = String::from_utf8_lossy(name).into_owned();
            inner.values.entry((kind, name.clone())).or_default();
            inner.names.insert(id, name);
            Ok(id)
        })
    }

    pub(crate) fn increment(&self, id: u32, by: i64) -> Result<()> {
        let kind = id & KIND_BITS;
        self.locked(|inner| {
            if kind > GAUGE {
                return Err(Status::BadArgument);
            }
            let value = inner.value(id)?;
            if kind == COUNTER && by <= 0 {
                return Err(Status::BadArgument);
            }
            *value = value.saturating_add_signed(by);
            Ok(())
        })
    }

    pub(crate) fn record(&self, id: u32, to: u64) -> Result<()> {
        self.locked(|inner| {
            let value = inner.value(id)?;
            *value = if id & KIND_BITS == COUNTER {
                value.saturating_add(to)
            } else {
                to
            };
            Ok(())
        })
    }

    pub(crate) fn get(&self, id: u32) -> Result<u64> {
        if id & KIND_BITS > GAUGE {
            return Err(Status::BadArgument);
        }
        self.locked(|inner| inner.value(id).copied())
    }

    /// The values of all counters that have counted.
    pub(crate) fn counters(&self) -> BTreeMap<String, u64> {
        self.all(COUNTER)
            .into_iter()
            .filter(|(_, value)| *value > 0)
            .collect()
    }

    /// The values of all gauges, and the last ones of all histograms.
    pub(crate) fn gauges(&self) -> BTreeMap<String, u64> {
        let mut all = self.all(GAUGE);
        all.extend(self.all(HISTOGRAM));
        all
    }

    fn all(&self, kind: u32) -> BTreeMap<String, u64> {
        self.locked(|inner| {
            let of_kind = inner.values.iter().filter(|((k, _), _)| *k == kind);
            of_kind
                .map(|((_, name), value)| (name.clone(), *value))
                .collect()
        })
    }
}

impl Inner {
    fn value(&mut self, id: u32) -> Result<&mut u64> {
        let name = self.names.get(&id).ok_or(Status::NotFound)?;
        self.values
            .get_mut(&(id & KIND_BITS, name.clone()))
            .ok_or(Status::NotFound)
    }
}
