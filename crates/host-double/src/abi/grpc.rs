//! gRPC calls and streams.

use super::headers::pairs;
use crate::callouts::{self, GrpcCall, GrpcState};
use crate::function::{self, Function};
use crate::machine::{Machine, host};
use crate::memory::{put, taken};
use crate::status::{Result, Status};
use crate::timer;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_grpc_call(
    cluster: *const u8,
    cluster_size: usize,
    service: *const u8,
    service_size: usize,
    method: *const u8,
    method_size: usize,
    metadata: *const u8,
    metadata_size: usize,
    message: *const u8,
    message_size: usize,
    timeout: u32,
    token: *mut u32,
) -> u32 {
    host(&function::GRPC_CALL, |machine| {
        // SAFETY: the module's promise, five times.
        let (target, message) = unsafe {
            let cluster = taken(machine, cluster, cluster_size);
            let service = taken(machine, service, service_size);
            let method = taken(machine, method, method_size);
            let metadata = taken(machine, metadata, metadata_size);
            (
                [cluster, service, method, metadata],
                taken(machine, message, message_size),
            )
        };
        let mut call = open(machine, &function::GRPC_CALL, target)?;
        call.token = callouts::grpc_call_token();
        call.messages.push(message.to_vec());
        call.half_closed = true;
        let deadline = timer::deadline(machine.process.now(), timeout);
        // SAFETY: the module's promise.
        unsafe { put(token, call.token) };
        machine
            .callouts
            .grpc
            .insert(call.token, GrpcState { call, deadline });
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_grpc_stream(
    cluster: *const u8,
    cluster_size: usize,
    service: *const u8,
    service_size: usize,
    method: *const u8,
    method_size: usize,
    metadata: *const u8,
    metadata_size: usize,
    token: *mut u32,
) -> u32 {
    host(&function::GRPC_STREAM, |machine| {
        // SAFETY: the module's promise, four times.
        let target = unsafe {
            [
                taken(machine, cluster, cluster_size),
                taken(machine, service, service_size),
                taken(machine, method, method_size),
                taken(machine, metadata, metadata_size),
            ]
        };
        let mut call = open(machine, &function::GRPC_STREAM, target)?;
        call.token = callouts::grpc_stream_token();
        // SAFETY: the module's promise.
        unsafe { put(token, call.token) };
        machine.callouts.grpc.insert(
            call.token,
            GrpcState {
                call,
                deadline: None,
            },
        );
        Ok(())
    })
}

/// The cluster: what is asked for is the `GrpcService` of Envoy with its `envoy_grpc` (1) and in it
/// the `cluster_name` (1) and perhaps the `authority` (2), or the name alone.
fn named(service: &[u8]) -> &[u8] {
    let in_message = || {
        let (envoy, rest) = field(1, service)?;
        let (name, after) = field(1, envoy)?;
        let whole = match field(2, after) {
            Some((_, rest)) => rest.is_empty(),
            None => after.is_empty(),
        };
        (whole && rest.is_empty()).then_some(name)
    };
    in_message().unwrap_or(service)
}

/// The field of that number, which has a length, and what follows it.
fn field(number: u8, message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut shift) = (0, 0);
    let mut rest = message.strip_prefix(&[(number << 3) | 2])?;
    loop {
        let (byte, more) = rest.split_first()?;
        rest = more;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return rest.split_at_checked(length);
        }
    }
}

fn open(machine: &mut Machine, function: &Function, target: [&[u8]; 4]) -> Result<GrpcCall> {
    let [cluster, service, method, metadata] = target;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let cluster = text(named(cluster));
    if !machine.settings.clusters.contains(&cluster) {
        return Err(Status::ParseFailure);
    }
    Ok(GrpcCall {
        token: 0,
        context: machine.target(),
        cluster,
        service: text(service),
        method: text(method),
        metadata: pairs(machine, function, metadata),
        messages: vec![],
        half_closed: false,
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_grpc_send(
    token: u32,
    message: *const u8,
    message_size: usize,
    end_stream: bool,
) -> u32 {
    host(&function::GRPC_SEND, |machine| {
        // SAFETY: the module's promise.
        let message = unsafe { taken(machine, message, message_size) };
        if !callouts::is_grpc_stream(token) {
            return Err(Status::BadArgument);
        }
        let state = machine
            .callouts
            .grpc
            .get_mut(&token)
            .ok_or(Status::NotFound)?;
        state.call.messages.push(message.to_vec());
        state.call.half_closed |= end_stream;
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_grpc_cancel(token: u32) -> u32 {
    host(&function::GRPC_CANCEL, |machine| forget(machine, token))
}

/// A stream that the module closes stays until the server closes it too.
#[unsafe(no_mangle)]
extern "C" fn proxy_grpc_close(token: u32) -> u32 {
    host(&function::GRPC_CLOSE, |machine| {
        if !callouts::is_grpc_stream(token) {
            return forget(machine, token);
        }
        let state = machine
            .callouts
            .grpc
            .get_mut(&token)
            .ok_or(Status::NotFound)?;
        state.call.half_closed = true;
        Ok(())
    })
}

fn forget(machine: &mut Machine, token: u32) -> Result<()> {
    if !(callouts::is_grpc_call(token) || callouts::is_grpc_stream(token)) {
        return Err(Status::BadArgument);
    }
    machine
        .callouts
        .grpc
        .remove(&token)
        .map(drop)
        .ok_or(Status::NotFound)
}

pub(super) fn linked() -> *const () {
    proxy_grpc_call as *const ()
}
