//! Buffers: bodies, answers, configurations (Envoy: `Context::getBuffer`).

use crate::callback;
use crate::flow::{BodyView, Side};
use crate::function::{self, Function};
use crate::machine::{Machine, host};
use crate::memory::{give, taken};
use crate::status::{Result, Status};

const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const CALL_BODY: u32 = 4;
const GRPC_MESSAGE: u32 = 5;
const VM_CONFIGURATION: u32 = 6;
const PLUGIN_CONFIGURATION: u32 = 7;
const CALL_DATA: u32 = 8;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_buffer_bytes(
    buffer: u32,
    start: usize,
    max_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::GET_BUFFER, |machine| {
        let bytes = read(machine, buffer)?;
        // A module counts in 32 bits, Envoy in 64: only natively can this overflow.
        let end = start.saturating_add(max_size).min(bytes.len());
        let part = bytes.get(start..end).unwrap_or_default();
        // SAFETY: the module's promise.
        unsafe { give(machine, part, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_set_buffer_bytes(
    buffer: u32,
    start: usize,
    size: usize,
    value: *const u8,
    value_size: usize,
) -> u32 {
    host(&function::SET_BUFFER, |machine| {
        // SAFETY: the module's promise.
        let value = unsafe { taken(machine, value, value_size) };
        let side = match buffer {
            REQUEST_BODY => Side::Request,
            RESPONSE_BODY => Side::Response,
            // Everything else is read-only, or not there.
            CALL_BODY | PLUGIN_CONFIGURATION => return Err(Status::NotFound),
            _ => return Err(Status::BadArgument),
        };
        check_open(machine, &function::SET_BUFFER, side);
        let context = machine.stream().ok_or(Status::BadArgument)?;
        let body = context
            .flow_mut(side)
            .visible_body_mut()
            .ok_or(Status::BadArgument)?;
        replace(body, start, size, value)?;
        let limit = machine.settings.buffer_limit;
        if let Some(flow) = machine.stream().map(|context| context.flow_mut(side)) {
            let size = flow.visible_body().len();
            // What the module itself puts there is not held against the limit (tried on 1.40).
            flow.over_limit = size > limit || (flow.over_limit && size > limit / 2);
        }
        Ok(())
    })
}

/// Replaces at the start, appends behind the end, and takes nothing between.
fn replace(body: &mut Vec<u8>, start: usize, size: usize, value: &[u8]) -> Result<()> {
    if start == 0 {
        body.splice(..size.min(body.len()), value.iter().copied());
        return Ok(());
    }
    if start < body.len() {
        return Err(Status::BadArgument);
    }
    body.extend_from_slice(value);
    Ok(())
}

fn read(machine: &mut Machine, buffer: u32) -> Result<Vec<u8>> {
    match buffer {
        REQUEST_BODY => Ok(body(machine, Side::Request)),
        RESPONSE_BODY => Ok(body(machine, Side::Response)),
        CALL_BODY => {
            let answer = machine.callouts.answer.as_ref();
            answer
                .map(|answer| answer.body.clone())
                .ok_or(Status::NotFound)
        }
        GRPC_MESSAGE => Ok(machine.callouts.message.clone().unwrap_or_default()),
        VM_CONFIGURATION => Ok(machine.settings.vm_config.clone()),
        PLUGIN_CONFIGURATION if callback::CONFIGURING.contains(&machine.callback) => {
            Ok(machine.settings.plugin_config.clone())
        }
        PLUGIN_CONFIGURATION => {
            let what = "the plugin's configuration is not there in this phase";
            machine.violation(&function::GET_BUFFER, what);
            Err(Status::NotFound)
        }
        CALL_DATA => Ok(vec![]),
        _ => Err(Status::BadArgument),
    }
}

fn body(machine: &mut Machine, side: Side) -> Vec<u8> {
    check_open(machine, &function::GET_BUFFER, side);
    machine
        .stream()
        .map(|context| context.flow(side).visible_body().to_vec())
        .unwrap_or_default()
}

/// Outside of a body callback Envoy shows an empty buffer; after one that ended with a local reply,
/// memory that is no longer its own.
fn check_open(machine: &mut Machine, function: &Function, side: Side) {
    let view = machine
        .stream()
        .map(|context| context.flow(side).body.clone());
    let what = match view {
        Some(BodyView::Chunk(_) | BodyView::Buffered) => return,
        Some(BodyView::Gone) => "the body of a callback that is over",
        Some(BodyView::Closed) | None => "a body outside of its callback",
    };
    machine.violation(function, what);
}

pub(super) fn linked() -> *const () {
    proxy_get_buffer_bytes as *const ()
}
