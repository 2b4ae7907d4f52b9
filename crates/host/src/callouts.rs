//! The callbacks of calls' answers. They are the module's own: the build exports them under the
//! names of the SDK's, which would hand on nothing that `crate::calls` has asked for. It turns the
//! feature `callouts` on for filters whose `filter.yaml` has that capability.

use crate::calls;

/// `proxy_on_http_call_response`: an answer with so many headers and bytes of a body; without
/// headers there is none.
pub fn http_call_response(token: u32, headers: usize, body: usize) {
    calls::http_answered(token, headers, body);
}

/// `proxy_on_grpc_receive`: the answer of a call, of so many bytes.
pub fn grpc_receive(token: u32, size: usize) {
    calls::grpc_received(token, size);
}

/// `proxy_on_grpc_close`: a call has failed, or one is over whose answer has come.
pub fn grpc_close(token: u32) {
    calls::grpc_closed(token);
}

#[cfg(all(target_family = "wasm", feature = "callouts"))]
mod exports {
    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_http_call_response(
        _context: u32,
        token: u32,
        headers: usize,
        body: usize,
        _trailers: usize,
    ) {
        super::http_call_response(token, headers, body);
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_grpc_receive(_context: u32, token: u32, size: usize) {
        super::grpc_receive(token, size);
    }

    #[unsafe(no_mangle)]
    extern "C" fn hachure_on_grpc_close(_context: u32, token: u32, _status: u32) {
        super::grpc_close(token);
    }
}
