//! gRPC calls and streams.

use crate::callback::{Event, enter};
use crate::callouts;
use crate::fields::Fields;
use crate::machine::with;

/// A call, or a stream that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcCall {
    /// Its token.
    pub token: u32,
    /// The context that asked.
    pub context: u32,
    /// The cluster.
    pub cluster: String,
    /// The service's full name.
    pub service: String,
    /// The method's name.
    pub method: String,
    /// The initial metadata.
    pub metadata: Fields,
    /// The messages that the module has sent: one for a call.
    pub messages: Vec<Vec<u8>>,
    /// The module has sent the last one.
    pub half_closed: bool,
}

#[derive(Debug)]
pub(crate) struct GrpcState {
    pub(crate) call: GrpcCall,
    pub(crate) deadline: Option<u64>,
}

/// The root context, where that call or stream is under way.
fn root_of(token: u32) -> Option<u32> {
    with(|machine| {
        machine
            .callouts
            .grpc
            .contains_key(&token)
            .then_some(machine.root)
    })
}

pub(crate) fn initial_metadata(token: u32, fields: Fields) {
    let Some(root) = root_of(token) else { return };
    let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    with(|machine| machine.callouts.initial_metadata = Some(fields));
    enter(root, Event::GrpcInitialMetadata { token, count }, || {
        with(|machine| machine.callouts.initial_metadata = None);
    });
}

/// A message: the answer of a call, after which it is over, or one of a stream.
pub(crate) fn receive(token: u32, message: Vec<u8>) {
    let Some(root) = root_of(token) else { return };
    let size = message.len();
    with(|machine| machine.callouts.message = Some(message));
    enter(root, Event::GrpcReceive { token, size }, || {
        with(|machine| {
            machine.callouts.message = None;
            if callouts::is_grpc_call(token) {
                machine.callouts.grpc.remove(&token);
            }
        });
    });
}

pub(crate) fn trailing_metadata(token: u32, fields: Fields) {
    let Some(root) = root_of(token) else { return };
    let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    with(|machine| machine.callouts.trailing_metadata = Some(fields));
    enter(root, Event::GrpcTrailingMetadata { token, count }, || {
        with(|machine| machine.callouts.trailing_metadata = None);
    });
}

/// The end of a stream, or the failure of a call.
pub(crate) fn close(token: u32, status: u32, text: &str) {
    let Some(root) = root_of(token) else { return };
    with(|machine| machine.callouts.status = (status, text.as_bytes().to_vec()));
    enter(root, Event::GrpcClose { token, status }, || {
        with(|machine| {
            machine.callouts.status.1.clear();
            machine.callouts.grpc.remove(&token);
        });
    });
}
