//! What a gRPC client hears of a reply.

use hachure_casefile::{Expect, ExpectedBody, ExpectedValue, Step, Text};

/// What the step expects; a reply to gRPC as Envoy sends it: with status 200, and with the gRPC
/// status and the message among the headers (gRPC over HTTP/2, «Trailers-Only»).
pub(super) fn heard(step: &Step) -> Expect {
    let mut expect = step.expect.clone();
    let request = step.request.headers.to_map();
    let mut kinds = request.values("content-type");
    let grpc = kinds.any(|kind| kind.starts_with(b"application/grpc"));
    let Some(reply) = expect.reply.as_mut().filter(|_| grpc) else {
        return expect;
    };
    let mut set = |name: &str, value: String| {
        let value = ExpectedValue(vec![Text(value.into_bytes())]);
        reply.headers.insert(name.to_owned(), value);
    };
    if let Some(status) = reply.status.replace(200) {
        set("grpc-status", grpc_status(status).to_string());
    }
    set("content-type", "application/grpc".to_owned());
    if let Some(ExpectedBody::Text(text)) = reply.body.take() {
        set(
            "grpc-message",
            String::from_utf8_lossy(&text.0).into_owned(),
        );
        reply.body = Some(ExpectedBody::Text(Text(vec![])));
    }
    expect
}

/// The codes that gRPC's «Status codes and their use» has for what we answer.
fn grpc_status(http: u16) -> u8 {
    match http {
        400 => 3,  // INVALID_ARGUMENT
        401 => 16, // UNAUTHENTICATED
        403 => 7,  // PERMISSION_DENIED
        404 => 12, // UNIMPLEMENTED
        429 => 8,  // RESOURCE_EXHAUSTED
        _ => 14,   // UNAVAILABLE
    }
}
