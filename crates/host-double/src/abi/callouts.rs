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
        let cluster = String::from_utf8_lossy(cluster).into_owned();
        let headers = pairs(machine, &function::HTTP_CALL, headers);
        let trailers = pairs(machine, &function::HTTP_CALL, trailers);
        check(machine, &cluster, &headers, timeout)?;
        let new = callouts::http_token();
        let deadline = timer::deadline(machine.process.now(), timeout);
        let body = body.to_vec();
        let call = HttpCall {
            token: new,
            cluster,
            headers,
            body,
            trailers,
            deadline,
        };
        machine.callouts.http.insert(new, call);
        // SAFETY: the module's promise.
        unsafe { put(token, new) };
        Ok(())
    })
}

fn check(machine: &mut Machine, cluster: &str, headers: &Fields, timeout: u32) -> Result<()> {
    // Envoy reads the timeout with a sign. An unknown cluster is the operator's mistake.
    if i32::try_from(timeout).is_err() || !machine.settings.clusters.contains(cluster) {
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
