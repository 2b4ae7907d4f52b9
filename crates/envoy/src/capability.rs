//! What a module may use of its host, and what the host may call in it.
//!
//! Envoy holds a VM to one list of names. A host function that is not on it answers
//! `InternalFailure` (proxy-wasm) or `ENOTCAPABLE` (WASI). A callback that is not on it is not
//! called, as if the module did not have it: a filter without its `proxy_on_request_headers` lets
//! everything pass. So the list is derived here, once, from what the filter's entry declares.

use hachure_catalog::{Entry, PhaseName};

/// The life of a module and of its contexts.
const ALWAYS: &[&str] = &[
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_log",
    "proxy_get_log_level",
    "proxy_get_buffer_bytes",
    "proxy_get_current_time_nanoseconds",
    "proxy_get_property",
    "proxy_set_property",
    "proxy_define_metric",
    "proxy_increment_metric",
    // Start-up of Rust's standard library, the seeds of its hash maps, and its last words.
    "environ_get",
    "environ_sizes_get",
    "random_get",
    "fd_write",
    "proc_exit",
];

const HEADERS: &[&str] = &[
    "proxy_get_header_map_pairs",
    "proxy_get_header_map_value",
    "proxy_replace_header_map_value",
    "proxy_add_header_map_value",
    "proxy_remove_header_map_value",
    "proxy_send_local_response",
];

const BODIES: &[&str] = &["proxy_set_buffer_bytes", "proxy_continue_stream"];

const CALLOUTS: &[&str] = &[
    "proxy_http_call",
    "proxy_grpc_call",
    "proxy_on_http_call_response",
    "proxy_on_grpc_receive",
    "proxy_on_grpc_close",
    "proxy_continue_stream",
    "proxy_set_effective_context",
];

const SHARED_DATA: &[&str] = &["proxy_get_shared_data", "proxy_set_shared_data"];

const TIMERS: &[&str] = &[
    "proxy_set_tick_period_milliseconds",
    "proxy_on_tick",
    // A tick lets streams go on that have waited.
    "proxy_continue_stream",
    "proxy_set_effective_context",
];

const FOREIGN_FUNCTIONS: &[&str] = &["proxy_call_foreign_function"];

/// The names that a filter's module needs, without repetition and in a fixed order.
pub fn capabilities(entry: &Entry) -> Vec<&'static str> {
    let wants = &entry.capabilities;
    let groups = [
        (true, ALWAYS),
        (true, HEADERS),
        (wants.bodies, BODIES),
        (wants.callouts, CALLOUTS),
        (wants.shared_data, SHARED_DATA),
        (wants.timers, TIMERS),
        (wants.foreign_functions, FOREIGN_FUNCTIONS),
    ];
    let groups = groups.into_iter().filter(|(wanted, _)| *wanted);
    let callbacks = entry.phases.iter().flat_map(|phase| callbacks(*phase));
    let mut names: Vec<_> = groups
        .flat_map(|(_, names)| names)
        .chain(callbacks)
        .copied()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A body ends with its last chunk or with trailers.
fn callbacks(phase: PhaseName) -> &'static [&'static str] {
    match phase {
        PhaseName::RequestHeaders => &["proxy_on_request_headers"],
        PhaseName::RequestBody => &["proxy_on_request_body", "proxy_on_request_trailers"],
        PhaseName::ResponseHeaders => &["proxy_on_response_headers"],
        PhaseName::ResponseBody => &["proxy_on_response_body", "proxy_on_response_trailers"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(phases: &str, capabilities: &str) -> Vec<&'static str> {
        let text = format!(
            "name: x\ntitle: X\nsummary: X.\nversion: 0.1.0\nstatus: alpha\n\
             phases: [{phases}]\ncapabilities: {{{capabilities}}}\n\
             identity: {{reads: false, sets: false}}\norder: {{why: x}}\n\
             reasons: []\nmetrics: []\nnativeAlternative: {{filter: null, useWhen: x}}\n\
             sizeBudgetKB: 180\n"
        );
        super::capabilities(&Entry::parse(&text).unwrap())
    }

    #[test]
    fn a_filter_has_its_callbacks_and_no_others() {
        let names = of(
            "requestHeaders",
            "callouts: false, bodies: false, sharedData: false, timers: false",
        );
        assert!(names.contains(&"proxy_on_request_headers"));
        assert!(names.contains(&"proxy_send_local_response"));
        for absent in [
            "proxy_on_response_headers",
            "proxy_http_call",
            "proxy_get_shared_data",
            "proxy_on_tick",
            "proxy_set_buffer_bytes",
            "proxy_call_foreign_function",
        ] {
            assert!(!names.contains(&absent), "{absent}");
        }
    }

    #[test]
    fn what_is_declared_is_allowed_once() {
        let names = of(
            "requestHeaders, requestBody",
            "callouts: true, bodies: true, sharedData: true, timers: true, foreignFunctions: true",
        );
        for present in [
            "proxy_http_call",
            "proxy_set_shared_data",
            "proxy_on_tick",
            "proxy_call_foreign_function",
            "proxy_on_request_body",
            "proxy_on_request_trailers",
        ] {
            assert!(names.contains(&present), "{present}");
        }
        let once = names
            .iter()
            .filter(|name| **name == "proxy_continue_stream")
            .count();
        assert_eq!(once, 1);
    }
}
