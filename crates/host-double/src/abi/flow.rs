//! The flow of a stream: resume, close, answer.

use super::headers::pairs;
use crate::flow::Side;
use crate::function;
use crate::local_reply::LocalReply;
use crate::machine::{Action, Machine, host};
use crate::memory::taken;
use crate::status::Status;

const REQUEST: u32 = 0;
const RESPONSE: u32 = 1;
const DOWNSTREAM: u32 = 2;
const UPSTREAM: u32 = 3;
/// The last code of gRPC; -1, which SDKs send for none, is beyond it.
const GRPC_MAX: u32 = 16;

#[unsafe(no_mangle)]
extern "C" fn proxy_continue_stream(kind: u32) -> u32 {
    host(&function::CONTINUE_STREAM, |machine| {
        let side = match kind {
            REQUEST => Side::Request,
            RESPONSE => Side::Response,
            DOWNSTREAM => return Ok(()),
            UPSTREAM => return Err(Status::Unimplemented),
            _ => return Err(Status::BadArgument),
        };
        let id = machine.target();
        let Some(context) = machine.stream() else {
            return Ok(());
        };
        // The request's maps close, whichever direction goes on.
        context.request.headers_open = false;
        context.request.trailers_open = false;
        let problem = if context.in_call == Some(side) {
            Some("a message is resumed from its own callback, before it is held")
        } else if side == Side::Request && !context.replies.is_empty() {
            Some("a request that was answered is resumed")
        } else {
            None
        };
        if let Some(what) = problem {
            machine.violation(&function::CONTINUE_STREAM, what);
        }
        machine.actions.push_back(Action::Resume(id, side));
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_close_stream(kind: u32) -> u32 {
    host(&function::CLOSE_STREAM, |machine| {
        match kind {
            REQUEST | RESPONSE => {}
            DOWNSTREAM | UPSTREAM => return Ok(()),
            _ => return Err(Status::BadArgument),
        }
        let id = machine.target();
        if let Some(context) = machine.stream() {
            context
                .details
                .get_or_insert_with(|| b"wasm_close_stream".to_vec());
            machine.actions.push_back(Action::Reset(id));
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_send_local_response(
    status: u32,
    details: *const u8,
    details_size: usize,
    body: *const u8,
    body_size: usize,
    headers: *const u8,
    headers_size: usize,
    grpc_status: i32,
) -> u32 {
    host(&function::SEND_LOCAL_RESPONSE, |machine| {
        // SAFETY: the module's promise, three times.
        let (details, body, headers) = unsafe {
            (
                taken(machine, details, details_size),
                taken(machine, body, body_size),
                taken(machine, headers, headers_size),
            )
        };
        let headers = pairs(machine, &function::SEND_LOCAL_RESPONSE, headers);
        let reply = LocalReply {
            status,
            details: details.iter().map(blank_to_underscore).collect(),
            body: body.to_vec(),
            headers,
            grpc_status: u32::try_from(grpc_status)
                .ok()
                .filter(|status| *status <= GRPC_MAX),
            own: true,
        };
        answer(machine, reply);
        Ok(())
    })
}

/// Envoy always answers Ok: what comes of it is decided after the callback.
fn answer(machine: &mut Machine, reply: LocalReply) {
    machine.stop_iteration = true;
    let id = machine.target();
    let problem = match machine.stream() {
        None => Some("there is no stream to answer"),
        Some(context) if context.deleted || context.over() => Some("the stream is over"),
        // In the callback of the response's body this is how a stream is broken off with a reason.
        Some(context)
            if context.response.passed.headers.is_some()
                && context.in_call != Some(Side::Response) =>
        {
            Some("the response's headers have been sent: the stream is broken off")
        }
        Some(context) if !context.replies.is_empty() => Some("a second local reply"),
        Some(_) => None,
    };
    if let Some(what) = problem {
        machine.violation(&function::SEND_LOCAL_RESPONSE, what);
    }
    if let Some(context) = machine.stream() {
        context.replies.push_back(reply.clone());
        machine.actions.push_back(Action::Reply(id, reply));
    }
}

fn blank_to_underscore(byte: &u8) -> u8 {
    if byte.is_ascii_whitespace() {
        b'_'
    } else {
        *byte
    }
}

pub(super) fn linked() -> *const () {
    proxy_continue_stream as *const ()
}
