//! The module's callbacks, entered as Envoy enters a VM.

use crate::chain;
use crate::machine::{self, Action};

unsafe extern "C" {
    fn proxy_on_context_create(context_id: u32, root_context_id: u32);
    fn proxy_on_vm_start(context_id: u32, size: usize) -> bool;
    fn proxy_on_configure(context_id: u32, size: usize) -> bool;
    fn proxy_on_tick(context_id: u32);
    fn proxy_on_queue_ready(context_id: u32, queue: u32);
    fn proxy_on_done(context_id: u32) -> bool;
    fn proxy_on_log(context_id: u32);
    fn proxy_on_delete(context_id: u32);
    fn proxy_on_request_headers(context_id: u32, count: usize, end: bool) -> u32;
    fn proxy_on_request_body(context_id: u32, size: usize, end: bool) -> u32;
    fn proxy_on_request_trailers(context_id: u32, count: usize) -> u32;
    fn proxy_on_response_headers(context_id: u32, count: usize, end: bool) -> u32;
    fn proxy_on_response_body(context_id: u32, size: usize, end: bool) -> u32;
    fn proxy_on_response_trailers(context_id: u32, count: usize) -> u32;
    fn proxy_on_http_call_response(
        context_id: u32,
        token: u32,
        headers: usize,
        body: usize,
        trailers: usize,
    );
    fn proxy_on_grpc_receive_initial_metadata(context_id: u32, token: u32, headers: u32);
    fn proxy_on_grpc_receive(context_id: u32, token: u32, size: usize);
    fn proxy_on_grpc_receive_trailing_metadata(context_id: u32, token: u32, trailers: u32);
    fn proxy_on_grpc_close(context_id: u32, token: u32, status: u32);
}

/// One entry into the module.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    ContextCreate {
        root: u32,
    },
    VmStart {
        size: usize,
    },
    Configure {
        size: usize,
    },
    Tick,
    QueueReady {
        queue: u32,
    },
    Done,
    Log,
    Delete,
    RequestHeaders {
        count: usize,
        end: bool,
    },
    RequestBody {
        size: usize,
        end: bool,
    },
    RequestTrailers {
        count: usize,
    },
    ResponseHeaders {
        count: usize,
        end: bool,
    },
    ResponseBody {
        size: usize,
        end: bool,
    },
    ResponseTrailers {
        count: usize,
    },
    HttpCallResponse {
        token: u32,
        headers: usize,
        body: usize,
        trailers: usize,
    },
    GrpcInitialMetadata {
        token: u32,
        count: u32,
    },
    GrpcReceive {
        token: u32,
        size: usize,
    },
    GrpcTrailingMetadata {
        token: u32,
        count: u32,
    },
    GrpcClose {
        token: u32,
        status: u32,
    },
}

/// Enters the callbacks that a module of `hachure-host` has itself, as the build exports them in the
/// place of the SDK's; none where the event is the SDK's.
fn own(id: u32, event: Event) -> Option<u32> {
    match event {
        Event::ContextCreate { root } => hachure_host::context_create(id, root),
        Event::VmStart { size } => return Some(hachure_host::vm_start(id, size).into()),
        Event::Configure { size } => return Some(hachure_host::configure(id, size).into()),
        Event::Tick => hachure_host::tick(id),
        Event::Delete => hachure_host::delete(id),
        Event::RequestHeaders { count, end } => {
            return Some(hachure_host::request_headers(id, count, end));
        }
        Event::RequestBody { size, end } => return Some(hachure_host::request_body(id, size, end)),
        Event::RequestTrailers { count } => return Some(hachure_host::request_trailers(id, count)),
        Event::ResponseHeaders { count, end } => {
            return Some(hachure_host::response_headers(id, count, end));
        }
        Event::ResponseBody { size, end } => {
            return Some(hachure_host::response_body(id, size, end));
        }
        Event::ResponseTrailers { count } => {
            return Some(hachure_host::response_trailers(id, count));
        }
        Event::HttpCallResponse {
            token,
            headers,
            body,
            ..
        } => hachure_host::http_call_response(token, headers, body),
        Event::GrpcReceive { token, size } => hachure_host::grpc_receive(token, size),
        Event::GrpcClose { token, .. } => hachure_host::grpc_close(token),
        // Nobody has work there, and the build exports neither.
        Event::Done => return Some(1),
        Event::Log => {}
        _ => return None,
    }
    Some(0)
}

/// What the entry came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    /// The callback's own value; 0 for one that has none.
    pub(crate) value: u32,
    /// A local reply was asked for.
    pub(crate) stopped: bool,
}

/// Enters the module. What it asked for and Envoy puts off is done before this returns, after
/// `close` has ended what only this callback may see.
pub(crate) fn enter(context: u32, event: Event, close: impl FnOnce()) -> Returned {
    let saved = machine::with(|machine| {
        let saved = (machine.current, machine.effective, machine.callback);
        (machine.current, machine.effective, machine.callback) = (context, 0, event.name());
        saved
    });
    let own = hachure_host::is_own()
        .then(|| own(context, event))
        .flatten();
    let value = own.unwrap_or_else(|| event.call(context));
    let stopped = machine::with(|machine| {
        (machine.current, machine.effective, machine.callback) = saved;
        std::mem::take(&mut machine.stop_iteration)
    });
    close();
    while let Some(action) = machine::with(|machine| machine.actions.pop_front()) {
        match action {
            Action::Resume(id, side) => chain::resume(id, side),
            Action::Reset(id) => chain::reset(id),
            Action::Reply(id, reply) => chain::reply(id, reply),
        }
    }
    Returned { value, stopped }
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Event::ContextCreate { .. } => "proxy_on_context_create",
            Event::VmStart { .. } => "proxy_on_vm_start",
            Event::Configure { .. } => "proxy_on_configure",
            Event::Tick => "proxy_on_tick",
            Event::QueueReady { .. } => "proxy_on_queue_ready",
            Event::Done => "proxy_on_done",
            Event::Log => LOG,
            Event::Delete => "proxy_on_delete",
            Event::RequestHeaders { .. } => "proxy_on_request_headers",
            Event::RequestBody { .. } => "proxy_on_request_body",
            Event::RequestTrailers { .. } => "proxy_on_request_trailers",
            Event::ResponseHeaders { .. } => "proxy_on_response_headers",
            Event::ResponseBody { .. } => "proxy_on_response_body",
            Event::ResponseTrailers { .. } => "proxy_on_response_trailers",
            Event::HttpCallResponse { .. } => "proxy_on_http_call_response",
            Event::GrpcInitialMetadata { .. } => "proxy_on_grpc_receive_initial_metadata",
            Event::GrpcReceive { .. } => "proxy_on_grpc_receive",
            Event::GrpcTrailingMetadata { .. } => "proxy_on_grpc_receive_trailing_metadata",
            Event::GrpcClose { .. } => "proxy_on_grpc_close",
        }
    }

    /// Calls it; 0 for a callback without a value.
    fn call(self, id: u32) -> u32 {
        // SAFETY: the SDK's callbacks take plain numbers. It knows every context that is named:
        // the double tells it of each before anything else, and of none twice.
        unsafe {
            match self {
                Event::VmStart { size } => proxy_on_vm_start(id, size).into(),
                Event::Configure { size } => proxy_on_configure(id, size).into(),
                Event::Done => proxy_on_done(id).into(),
                Event::RequestHeaders { count, end } => proxy_on_request_headers(id, count, end),
                Event::RequestBody { size, end } => proxy_on_request_body(id, size, end),
                Event::RequestTrailers { count } => proxy_on_request_trailers(id, count),
                Event::ResponseHeaders { count, end } => proxy_on_response_headers(id, count, end),
                Event::ResponseBody { size, end } => proxy_on_response_body(id, size, end),
                Event::ResponseTrailers { count } => proxy_on_response_trailers(id, count),
                _ => {
                    self.notify(id);
                    0
                }
            }
        }
    }

    /// Calls one of those without a value.
    ///
    /// # Safety
    /// As for all of the SDK's callbacks.
    unsafe fn notify(self, id: u32) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Event::ContextCreate { root } => proxy_on_context_create(id, root),
                Event::Tick => proxy_on_tick(id),
                Event::QueueReady { queue } => proxy_on_queue_ready(id, queue),
                Event::Log => proxy_on_log(id),
                Event::Delete => proxy_on_delete(id),
                Event::HttpCallResponse {
                    token,
                    headers,
                    body,
                    trailers,
                } => {
                    proxy_on_http_call_response(id, token, headers, body, trailers);
                }
                Event::GrpcInitialMetadata { token, count } => {
                    proxy_on_grpc_receive_initial_metadata(id, token, count);
                }
                Event::GrpcReceive { token, size } => proxy_on_grpc_receive(id, token, size),
                Event::GrpcTrailingMetadata { token, count } => {
                    proxy_on_grpc_receive_trailing_metadata(id, token, count);
                }
                Event::GrpcClose { token, status } => proxy_on_grpc_close(id, token, status),
                _ => {}
            }
        }
    }
}

/// The callback in which the maps are those of the access log.
pub(crate) const LOG: &str = "proxy_on_log";
/// The callbacks in which the plugin's configuration can be read.
pub(crate) const CONFIGURING: [&str; 2] = ["proxy_on_configure", "proxy_on_context_create"];
