//! Envoy's functions (proxy-wasm ABI 0.2.1): bytes only, every status a value.
//!
//! Returned buffers were allocated by the host through `proxy_on_memory_allocate`, so they are
//! taken over as they are, without a copy.

mod calls;
mod shared;

use std::ptr::null_mut;

pub(crate) use calls::{
    continue_stream, grpc_answer, grpc_call, http_answer_body, http_answer_headers, http_call,
    set_effective_context, set_tick_period,
};
pub(crate) use shared::{random, set_shared_data, shared_data};

/// What the host answered instead of `Ok`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(u32);

impl Status {
    pub(crate) const NOT_FOUND: Status = Status(1);
    pub(crate) const CAS_MISMATCH: Status = Status(8);
}

pub(crate) type Result<T> = std::result::Result<T, Status>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Map {
    RequestHeaders = 0,
    ResponseHeaders = 2,
    /// Of the answer of a call.
    Answer = 6,
}

/// A body that a callback shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Buffer {
    RequestBody = 0,
    ResponseBody = 1,
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_log_level(level: *mut u32) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_buffer_bytes(
        buffer: u32,
        start: usize,
        size: usize,
        data: *const u8,
        data_size: usize,
    ) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_get_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_property(
        path: *const u8,
        path_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_property(
        path: *const u8,
        path_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        arguments: *const u8,
        arguments_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
}

const PLUGIN_CONFIGURATION: u32 = 7;
const METRIC_COUNTER: u32 = 0;

fn check(status: u32) -> Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(Status(status))
    }
}

/// Calls a function that returns a buffer, and takes the buffer over.
fn returned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>> {
    let mut data: *mut u8 = null_mut();
    let mut size: usize = 0;
    let status = call(&raw mut data, &raw mut size);
    let buffer = taken_over(data, size);
    check(status).map(|()| buffer)
}

/// The buffer that the host put there, if it did. A foreign function that fails may have done so
/// too: then it is freed with what this returns.
fn taken_over(data: *mut u8, size: usize) -> Vec<u8> {
    if data.is_null() {
        return Vec::new();
    }
    // SAFETY: what the host put there it has allocated with the module's own
    // `proxy_on_memory_allocate`, a boxed slice of `size` bytes, and has let go of.
    unsafe { Vec::from_raw_parts(data, size, size) }
}

fn absent_is_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Status::NOT_FOUND) => Ok(None),
        Err(status) => Err(status),
    }
}

pub(crate) fn log(level: u32, text: &str) {
    // A line that cannot be written has nowhere to be reported.
    // SAFETY: the pointer and size are those of a live str.
    let _ = unsafe { proxy_log(level, text.as_ptr(), text.len()) };
}

pub(crate) fn log_level() -> Result<u32> {
    let mut level = 0;
    // SAFETY: `level` outlives the call.
    check(unsafe { proxy_get_log_level(&raw mut level) })?;
    Ok(level)
}

pub(crate) fn current_time() -> Result<u64> {
    let mut time = 0;
    // SAFETY: `time` outlives the call.
    check(unsafe { proxy_get_current_time_nanoseconds(&raw mut time) })?;
    Ok(time)
}

pub(crate) fn plugin_configuration() -> Result<Vec<u8>> {
    // SAFETY: the out pointers outlive the call.
    returned(|data, size| unsafe {
        proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, usize::MAX, data, size)
    })
}

/// The first `size` bytes of a body that a callback shows.
pub(crate) fn buffer(buffer: Buffer, size: usize) -> Result<Vec<u8>> {
    // SAFETY: the out pointers outlive the call.
    returned(|data, bytes| unsafe { proxy_get_buffer_bytes(buffer as u32, 0, size, data, bytes) })
}

/// Puts `bytes` in the place of the first `size` bytes of a body that a callback shows.
pub(crate) fn replace_in_buffer(buffer: Buffer, size: usize, bytes: &[u8]) -> Result<()> {
    // SAFETY: `bytes` outlive the call.
    check(unsafe { proxy_set_buffer_bytes(buffer as u32, 0, size, bytes.as_ptr(), bytes.len()) })
}

pub(crate) fn header_pairs(map: Map) -> Result<Vec<u8>> {
    // SAFETY: the out pointers outlive the call.
    returned(|data, size| unsafe { proxy_get_header_map_pairs(map as u32, data, size) })
}

pub(crate) fn header_value(map: Map, name: &str) -> Result<Option<Vec<u8>>> {
    // SAFETY: name and out pointers outlive the call.
    absent_is_none(returned(|data, size| unsafe {
        proxy_get_header_map_value(map as u32, name.as_ptr(), name.len(), data, size)
    }))
}

pub(crate) fn set_header(map: Map, name: &str, value: &[u8]) -> Result<()> {
    // SAFETY: name and value outlive the call.
    check(unsafe {
        proxy_replace_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

pub(crate) fn add_header(map: Map, name: &str, value: &[u8]) -> Result<()> {
    // SAFETY: name and value outlive the call.
    check(unsafe {
        proxy_add_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

pub(crate) fn remove_header(map: Map, name: &str) -> Result<()> {
    // SAFETY: name outlives the call.
    check(unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// `path` is the parts of the property with NUL between them.
pub(crate) fn property(path: &str) -> Result<Option<Vec<u8>>> {
    // SAFETY: path and out pointers outlive the call.
    absent_is_none(returned(|data, size| unsafe {
        proxy_get_property(path.as_ptr(), path.len(), data, size)
    }))
}

pub(crate) fn set_property(path: &str, value: &[u8]) -> Result<()> {
    // SAFETY: path and value outlive the call.
    check(unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) })
}

/// Calls one of Envoy's own functions by its name.
pub(crate) fn foreign(name: &str, arguments: &[u8]) -> Result<Vec<u8>> {
    // SAFETY: name, arguments and out pointers outlive the call.
    returned(|data, size| unsafe {
        proxy_call_foreign_function(
            name.as_ptr(),
            name.len(),
            arguments.as_ptr(),
            arguments.len(),
            data,
            size,
        )
    })
}

/// Makes filter state `wasm.<key>` of this plugin last for the downstream request, internal
/// redirects included, not for one run of the filters. Only at configure.
pub(crate) fn declare_request_state(key: &str) -> Result<()> {
    foreign("declare_property", &declaration(key)).map(drop)
}

/// Envoy's `DeclarePropertyArguments` (source/extensions/common/wasm/ext/declare_property.proto):
/// `name` (1) and `span` (5), which is `DownstreamRequest` (1); the type stays bytes.
fn declaration(key: &str) -> Vec<u8> {
    let size = u8::try_from(key.len()).unwrap_or(0).min(127);
    let name = key.as_bytes().get(..usize::from(size)).unwrap_or_default();
    [&[0x0a, size], name, &[0x28, 1]].concat()
}

pub(crate) fn define_counter(name: &str) -> Result<u32> {
    let mut id = 0;
    // SAFETY: name and `id` outlive the call.
    check(unsafe { proxy_define_metric(METRIC_COUNTER, name.as_ptr(), name.len(), &raw mut id) })?;
    Ok(id)
}

pub(crate) fn increment(id: u32, by: u32) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { proxy_increment_metric(id, i64::from(by)) })
}

/// `headers` is the serialized map. `grpc_status` below 0 lets Envoy choose.
pub(crate) fn send_local_response(
    status: u16,
    details: &str,
    body: &[u8],
    headers: &[u8],
    grpc_status: i32,
) -> Result<()> {
    // SAFETY: every slice outlives the call.
    check(unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            grpc_status,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_names_the_key_and_the_span() {
        assert_eq!(declaration("ab"), b"\x0a\x02ab\x28\x01");
    }
}
