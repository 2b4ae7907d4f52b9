//! CORS preflights (Fetch, 3.2.2): they carry no token.

use hachure_exchange::Exchange;

/// Whether a browser asks with this request if it may make another one.
pub(crate) fn is_preflight(x: &mut Exchange<'_>) -> bool {
    let headers = x.headers();
    headers.single(":method").one() == Some(b"OPTIONS")
        && headers.contains("origin")
        && headers.contains("access-control-request-method")
}
