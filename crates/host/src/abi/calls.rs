//! Calls to upstreams, and what becomes of a stream that waits for them.

use super::{Map, Result, check, returned};

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_http_call(
        upstream: *const u8,
        upstream_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout: u32,
        token: *mut u32,
    ) -> u32;
    fn proxy_grpc_call(
        service: *const u8,
        service_size: usize,
        name: *const u8,
        name_size: usize,
        method: *const u8,
        method_size: usize,
        metadata: *const u8,
        metadata_size: usize,
        message: *const u8,
        message_size: usize,
        timeout: u32,
        token: *mut u32,
    ) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_continue_stream(kind: u32) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
}

const HTTP_ANSWER: u32 = 4;
const GRPC_ANSWER: u32 = 5;

/// No pairs, as the host reads them: their number alone.
const NO_PAIRS: [u8; 4] = [0; 4];

/// Calls `upstream`; `headers` is the serialized map. The number by which the answer comes.
pub(crate) fn http_call(upstream: &[u8], headers: &[u8], body: &[u8], timeout: u32) -> Result<u32> {
    let mut token = 0;
    // SAFETY: every slice and `token` outlive the call.
    check(unsafe {
        proxy_http_call(
            upstream.as_ptr(),
            upstream.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            NO_PAIRS.as_ptr(),
            NO_PAIRS.len(),
            timeout,
            &raw mut token,
        )
    })?;
    Ok(token)
}

/// Calls a method; `service` is Envoy's `GrpcService`, serialized. As [`http_call`].
pub(crate) fn grpc_call(
    service: &[u8],
    name: &str,
    method: &str,
    message: &[u8],
    timeout: u32,
) -> Result<u32> {
    let mut token = 0;
    // SAFETY: every slice and `token` outlive the call.
    check(unsafe {
        proxy_grpc_call(
            service.as_ptr(),
            service.len(),
            name.as_ptr(),
            name.len(),
            method.as_ptr(),
            method.len(),
            NO_PAIRS.as_ptr(),
            NO_PAIRS.len(),
            message.as_ptr(),
            message.len(),
            timeout,
            &raw mut token,
        )
    })?;
    Ok(token)
}

/// The headers of the answer whose callback runs.
pub(crate) fn http_answer_headers() -> Result<Vec<u8>> {
    super::header_pairs(Map::Answer)
}

/// The body of the answer whose callback runs.
pub(crate) fn http_answer_body(size: usize) -> Result<Vec<u8>> {
    answer(HTTP_ANSWER, size)
}

/// The message of the gRPC answer whose callback runs.
pub(crate) fn grpc_answer(size: usize) -> Result<Vec<u8>> {
    answer(GRPC_ANSWER, size)
}

fn answer(buffer: u32, size: usize) -> Result<Vec<u8>> {
    // SAFETY: the out pointers outlive the call.
    returned(|data, bytes| unsafe { proxy_get_buffer_bytes(buffer, 0, size, data, bytes) })
}

/// Makes a context the one that host functions act on, until the callback that runs has returned.
pub(crate) fn set_effective_context(id: u32) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { proxy_set_effective_context(id) })
}

/// Lets the request (or the response) of the effective context go on.
pub(crate) fn continue_stream(request: bool) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { proxy_continue_stream(u32::from(!request)) })
}

/// Sets the time between two ticks of the root context.
pub(crate) fn set_tick_period(milliseconds: u32) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { proxy_set_tick_period_milliseconds(milliseconds) })
}
