//! Properties.

use crate::function;
use crate::machine::host;
use crate::memory::{give, taken};
use crate::property;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_property(
    path: *const u8,
    path_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::GET_PROPERTY, |machine| {
        // SAFETY: the module's promise.
        let path = unsafe { taken(machine, path, path_size) };
        let value = property::get(machine, path)?;
        // SAFETY: the module's promise.
        unsafe { give(machine, &value, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_set_property(
    path: *const u8,
    path_size: usize,
    value: *const u8,
    value_size: usize,
) -> u32 {
    host(&function::SET_PROPERTY, |machine| {
        // SAFETY: the module's promise.
        let path = unsafe { taken(machine, path, path_size) };
        // SAFETY: the module's promise.
        let value = unsafe { taken(machine, value, value_size) };
        property::set(machine, path, value)
    })
}

pub(super) fn linked() -> *const () {
    proxy_get_property as *const ()
}
