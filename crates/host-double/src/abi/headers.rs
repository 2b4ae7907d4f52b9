//! HTTP fields: headers, trailers, metadata.

mod maps;

use crate::fields::Fields;
use crate::function::{self, Function};
use crate::machine::{Machine, host};
use crate::memory::{give, taken};
use crate::status::{Result, Status};

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_header_map_pairs(
    map: u32,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::GET_PAIRS, |machine| {
        let fields = maps::read(machine, &function::GET_PAIRS, map)?;
        // Envoy answers Ok and no pairs for a map that is not there.
        let serialized = fields.map(Fields::to_serialized).unwrap_or_default();
        // SAFETY: the module's promise.
        unsafe { give(machine, &serialized, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_header_map_value(
    map: u32,
    name: *const u8,
    name_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::GET_VALUE, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        let fields = maps::read(machine, &function::GET_VALUE, map)?;
        let value = match fields {
            Some(fields) => fields
                .value(name)
                .map(<[u8]>::to_vec)
                .ok_or(Status::NotFound)?,
            None => return Err(maps::absent(machine)),
        };
        // SAFETY: the module's promise.
        unsafe { give(machine, &value, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_set_header_map_pairs(map: u32, data: *const u8, size: usize) -> u32 {
    host(&function::SET_PAIRS, |machine| {
        // SAFETY: the module's promise.
        let serialized = unsafe { taken(machine, data, size) };
        let pairs = Fields::from_serialized(serialized).unwrap_or_else(|| {
            machine.violation(
                &function::SET_PAIRS,
                "malformed pairs, or too many: none are set",
            );
            Fields::new()
        });
        *maps::write(machine, &function::SET_PAIRS, map)? = pairs;
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_add_header_map_value(
    map: u32,
    name: *const u8,
    name_size: usize,
    value: *const u8,
    value_size: usize,
) -> u32 {
    host(&function::ADD_VALUE, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        // SAFETY: the module's promise.
        let value = unsafe { taken(machine, value, value_size) };
        check(machine, &function::ADD_VALUE, name, value);
        maps::write(machine, &function::ADD_VALUE, map)?.add(name, value);
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_replace_header_map_value(
    map: u32,
    name: *const u8,
    name_size: usize,
    value: *const u8,
    value_size: usize,
) -> u32 {
    host(&function::REPLACE_VALUE, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        // SAFETY: the module's promise.
        let value = unsafe { taken(machine, value, value_size) };
        check(machine, &function::REPLACE_VALUE, name, value);
        maps::write(machine, &function::REPLACE_VALUE, map)?.set(name, value);
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_remove_header_map_value(
    map: u32,
    name: *const u8,
    name_size: usize,
) -> u32 {
    host(&function::REMOVE_VALUE, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        maps::write(machine, &function::REMOVE_VALUE, map)?.remove(name);
        Ok(())
    })
}

/// Envoy sends what Wasm sets as it is: a line break splits the message.
pub(super) fn check(machine: &mut Machine, function: &Function, name: &[u8], value: &[u8]) {
    let splits = |text: &[u8]| text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
    if splits(name) || splits(value) || name.is_empty() {
        let shown = name.escape_ascii();
        machine.violation(
            function,
            format!("the header {shown} would split the message"),
        );
    }
}

/// Pairs that a call takes: none where they are malformed, as in Envoy.
pub(super) fn pairs(machine: &mut Machine, function: &Function, bytes: &[u8]) -> Fields {
    let pairs = Fields::from_serialized(bytes).unwrap_or_else(|| {
        machine.violation(function, "malformed pairs, or too many: none are taken");
        Fields::new()
    });
    for (name, value) in pairs.iter() {
        check(machine, function, name, value);
    }
    pairs
}

pub(super) type Found<'a> = Result<Option<&'a Fields>>;

pub(super) fn linked() -> *const () {
    proxy_get_header_map_pairs as *const ()
}
