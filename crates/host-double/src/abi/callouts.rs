//! HTTP call-outs.

use super::headers::pairs;
use crate::callouts::{self, HttpCall};
use crate::fields::Fields;
use crate::function;
use crate::machine::{Machine, host};
use crate::memory::{give, put, taken};
use crate::status::{Result, Status};
use crate::timer;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_http_call(
    cluster: *const u8,
    cluster_size: usize,
    headers: *const u8,
    headers_size: usize,
    body: *const u8,
    body_size: usize,
    trailers: *const u8,
    trailers_size: usize,
    timeout: u32,
    token: *mut u32,
) -> u32 {
    host(&function::HTTP_CALL, |machine| {
        // SAFETY: the module's promise, four times.
        let (cluster, headers, body, trailers) = unsafe {
            (
                taken(machine, cluster, cluster_size),
                taken(machine, headers, headers_size),
                taken(machine, body, body_size),
                taken(machine, trailers, trailers_size),
            )
        };
        let mut call = HttpCall {
            token: 0,
            context: machine.target(),
            cluster: String::from_utf8_lossy(cluster).into_owned(),
            headers: pairs(machine, &function::HTTP_CALL, headers),
            body: body.to_vec(),
            trailers: pairs(machine, &function::HTTP_CALL, trailers),
            deadline: timer::deadline(machine.process.now(), timeout),
        };
        check(machine, &call, timeout)?;
        call.token = callouts::http_token();
        // SAFETY: the module's promise.
        unsafe { put(token, call.token) };
        machine.callouts.http.insert(call.token, call);
        Ok(())
    })
}

fn check(machine: &mut Machine, call: &HttpCall, timeout: u32) -> Result<()> {
    let headers = &call.headers;
    // Envoy reads the timeout with a sign. An unknown cluster is the operator's mistake.
    if i32::try_from(timeout).is_err() || !machine.settings.clusters.contains(&call.cluster) {
        return Err(Status::BadArgument);
    }
    for required in [":method", ":path", ":authority"] {
        if headers.value(required).is_none() && !(required == ":authority" && host_given(headers)) {
            machine.violation(&function::HTTP_CALL, format!("the call lacks {required}"));
            return Err(Status::BadArgument);
        }
    }
    Ok(())
}

/// Envoy's map has `host` under the name `:authority`.
fn host_given(headers: &Fields) -> bool {
    headers.value("host").is_some()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_status(code: *mut u32, data: *mut *mut u8, size: *mut usize) -> u32 {
    host(&function::GET_STATUS, |machine| {
        let (number, text) = machine.callouts.status.clone();
        // SAFETY: the module's promise.
        unsafe {
            put(code, number);
            give(machine, &text, data, size);
        }
        Ok(())
    })
}

pub(super) fn linked() -> *const () {
    proxy_http_call as *const ()
}
