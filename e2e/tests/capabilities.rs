//! Each filter has what it needs of its host, and no more. That this is enough is shown by the
//! cases, all of which run under the restriction.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::fs;

use hachure_e2e::{Gateway, Received, chain, request, setup};
use hachure_envoy::{Protocol, Route, WasmFilter, capabilities};
use wasmparser::{Parser, Payload};

/// Envoy does not call a callback that is not allowed: the filter would let everything through.
#[test]
fn every_callback_of_a_module_may_be_called() {
    for filter in setup::filters() {
        let allowed = capabilities(&setup::entry(&filter));
        let module = fs::read(setup::module(&filter)).unwrap();
        let mut callbacks = vec![];
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::ExportSection(exports) = payload.unwrap() {
                callbacks.extend(
                    exports
                        .into_iter()
                        .map(|export| export.unwrap().name.to_owned()),
                );
            }
        }
        callbacks.retain(|name| name.starts_with("proxy_on_"));
        // The host calls this one whatever is allowed: it is how buffers are handed over.
        callbacks.retain(|name| name != "proxy_on_memory_allocate");
        callbacks.sort();
        let expected: Vec<_> = allowed
            .iter()
            .filter(|name| name.starts_with("proxy_on_"))
            .collect();
        assert!(
            callbacks.iter().eq(expected),
            "{filter} exports {callbacks:?}"
        );
    }
}

/// What a gateway answers through a filter from which those functions are withheld.
fn without(functions: &[&str], filter: WasmFilter) -> Received {
    let listener = Gateway::listener()
        .filter(filter.without(functions))
        .route(Route::prefix("/").to("upstream"));
    let request = request("GET", "/v1/orders", &[("origin", chain::ORIGIN)]);
    Gateway::start(Protocol::Http1, listener).send(&request)
}

#[test]
fn a_filter_that_may_not_read_or_write_headers_refuses() {
    const READS: &[&str] = &["proxy_get_header_map_value", "proxy_get_header_map_pairs"];
    const WRITES: &[&str] = &[
        "proxy_replace_header_map_value",
        "proxy_add_header_map_value",
    ];
    for (functions, filter) in [
        (READS, chain::cors()),
        (WRITES, chain::cors()),
        (READS, chain::versions()),
        (WRITES, chain::versions()),
        (WRITES, chain::headers()),
    ] {
        let received = without(functions, filter);
        assert_eq!(received.status(), 500, "{functions:?}: {received:?}");
    }
}

/// Why the list is derived from the catalogue and never written by hand.
#[test]
fn a_withheld_callback_is_silently_not_called() {
    let received = without(&["proxy_on_response_headers"], chain::headers());
    assert_eq!(received.status(), 200);
    assert!(!received.headers.contains("x-served-by"));
}
