//! Metrics.

use crate::function;
use crate::machine::host;
use crate::memory::{put, taken};

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_define_metric(
    kind: u32,
    name: *const u8,
    name_size: usize,
    id: *mut u32,
) -> u32 {
    host(&function::DEFINE_METRIC, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        let new = machine.process.metrics.define(kind, name)?;
        // SAFETY: the module's promise.
        unsafe { put(id, new) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_metric(id: u32, value: *mut u64) -> u32 {
    host(&function::GET_METRIC, |machine| {
        let found = machine.process.metrics.get(id)?;
        // SAFETY: the module's promise.
        unsafe { put(value, found) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_record_metric(id: u32, value: u64) -> u32 {
    host(&function::RECORD_METRIC, |machine| {
        machine.process.metrics.record(id, value)
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_increment_metric(id: u32, offset: i64) -> u32 {
    host(&function::INCREMENT_METRIC, |machine| {
        machine.process.metrics.increment(id, offset)
    })
}

pub(super) fn linked() -> *const () {
    proxy_define_metric as *const ()
}
