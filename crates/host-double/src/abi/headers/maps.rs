//! Which map is there in which phase (Envoy: `Context::getMap`, `getConstMap`).

use super::Found;
use crate::callback;
use crate::context::Context;
use crate::fields::Fields;
use crate::flow::{BodyView, Side};
use crate::function::Function;
use crate::machine::Machine;
use crate::status::{Result, Status};

const REQUEST_HEADERS: u32 = 0;
const REQUEST_TRAILERS: u32 = 1;
const RESPONSE_HEADERS: u32 = 2;
const RESPONSE_TRAILERS: u32 = 3;
const GRPC_INITIAL: u32 = 4;
const GRPC_TRAILING: u32 = 5;
const CALL_HEADERS: u32 = 6;
const CALL_TRAILERS: u32 = 7;

/// A map to read; `None` where the phase does not have it.
pub(super) fn read<'a>(machine: &'a mut Machine, function: &Function, map: u32) -> Found<'a> {
    if map > CALL_TRAILERS {
        machine.violation(function, format!("there is no map {map}"));
        return Err(Status::BadArgument);
    }
    if find(machine, map).is_none() && machine.callback != callback::LOG && !optional(machine, map)
    {
        machine.violation(function, format!("{} not there in this phase", title(map)));
    }
    Ok(find(machine, map))
}

/// The trailers of an answer may be missing, where the answer itself is there.
fn optional(machine: &Machine, map: u32) -> bool {
    map == CALL_TRAILERS && machine.callouts.answer.is_some()
}

/// What a single get answers where there is no map.
pub(super) fn absent(machine: &Machine) -> Status {
    if machine.callback == callback::LOG {
        Status::NotFound
    } else {
        Status::BadArgument
    }
}

/// A map to change. Trailers that a message lacks can be added in its last body callback.
pub(super) fn write<'a>(
    machine: &'a mut Machine,
    function: &Function,
    map: u32,
) -> Result<&'a mut Fields> {
    let place = match map {
        REQUEST_HEADERS => Some((Side::Request, false)),
        REQUEST_TRAILERS => Some((Side::Request, true)),
        RESPONSE_HEADERS => Some((Side::Response, false)),
        RESPONSE_TRAILERS => Some((Side::Response, true)),
        _ => None,
    };
    let open = match (machine.stream(), place) {
        (Some(context), Some((side, true))) => trailers_open(context, side),
        (Some(context), Some((side, false))) => context.flow(side).headers_open,
        _ => false,
    };
    let Some((side, trailers)) = place.filter(|_| open) else {
        machine.violation(function, format!("{} not there to be changed", title(map)));
        return Err(Status::BadArgument);
    };
    let left = !trailers
        && machine
            .stream()
            .is_some_and(|c| c.flow(side).headers_left());
    if left {
        machine.violation(function, format!("{} gone: the change is lost", title(map)));
    }
    let flow = machine.stream().ok_or(Status::BadArgument)?.flow_mut(side);
    if trailers {
        return Ok(flow.trailers.get_or_insert_default());
    }
    Ok(&mut flow.headers)
}

fn trailers_open(context: &Context, side: Side) -> bool {
    let flow = context.flow(side);
    let last_chunk = context.end_of_stream && flow.body != BodyView::Closed;
    flow.trailers_open || (last_chunk && context.in_call == Some(side))
}

fn find(machine: &Machine, map: u32) -> Option<&Fields> {
    let callouts = &machine.callouts;
    match map {
        GRPC_INITIAL => return callouts.initial_metadata.as_ref(),
        GRPC_TRAILING => return callouts.trailing_metadata.as_ref(),
        CALL_HEADERS => return callouts.answer.as_ref().map(|answer| &answer.headers),
        CALL_TRAILERS => return callouts.answer.as_ref()?.trailers.as_ref(),
        _ => {}
    }
    let context = machine.contexts.get(&machine.target())?;
    if machine.callback == callback::LOG {
        return for_log(context, map);
    }
    let (request, response) = (&context.request, &context.response);
    match map {
        REQUEST_HEADERS => request.headers_open.then_some(&request.headers),
        RESPONSE_HEADERS => response.headers_open.then_some(&response.headers),
        REQUEST_TRAILERS if trailers_open(context, Side::Request) => request.trailers.as_ref(),
        RESPONSE_TRAILERS if trailers_open(context, Side::Response) => response.trailers.as_ref(),
        _ => None,
    }
}

/// The access log sees what has come, not what has been let through.
fn for_log(context: &Context, map: u32) -> Option<&Fields> {
    match map {
        REQUEST_HEADERS => context.request.started.then_some(&context.request.headers),
        RESPONSE_HEADERS => context
            .response
            .started
            .then_some(&context.response.headers),
        RESPONSE_TRAILERS => context.response.trailers.as_ref(),
        _ => None,
    }
}

fn title(map: u32) -> &'static str {
    match map {
        REQUEST_HEADERS => "the request's headers are",
        REQUEST_TRAILERS => "the request's trailers are",
        RESPONSE_HEADERS => "the response's headers are",
        RESPONSE_TRAILERS => "the response's trailers are",
        GRPC_INITIAL => "the initial metadata is",
        GRPC_TRAILING => "the trailing metadata is",
        CALL_HEADERS => "the headers of a call's answer are",
        CALL_TRAILERS => "the trailers of a call's answer are",
        _ => "this map is",
    }
}
