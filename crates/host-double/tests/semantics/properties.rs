//! Properties and filter state.

use hachure_host_double::Double;

use crate::{get, ok, probe, seen, started};

#[test]
fn filter_state_is_set_without_its_prefix_and_read_in_two_ways() {
    let (double, vm) = probe(
        "request_headers: state hachure.consumer alice; property hachure.consumer; \
         property filter_state|wasm.hachure.consumer; property wasm.hachure.consumer",
    );
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(
        seen(&double)[1..5],
        [
            "state hachure.consumer alice = ok",
            "property hachure.consumer = `alice`",
            "property filter_state|wasm.hachure.consumer = `alice`",
            "property wasm.hachure.consumer = error 1",
        ]
    );
    assert_eq!(stream.state("hachure.consumer"), Some(b"alice".to_vec()));
}

#[test]
fn streams_have_an_address_and_details_and_the_root_context_has_neither() {
    let double = Double::new().root_id("probe").plugin_name("p").vm_id("v");
    let script = "configure: property source|address; property plugin_root_id; state a b\n\
                  request_headers: property source|address; property response|code_details; \
                  property request|url_path; property request|query\n\
                  response_headers: property response|code_details; property request|path";
    let double = double.plugin_config(script);
    let vm = double.start(crate::probe::start).unwrap();
    assert_eq!(
        seen(&double)[1..],
        [
            "property source|address = error 1",
            "property plugin_root_id = `probe`",
            "state a b = error 1",
        ]
    );
    let stream = vm.stream();
    stream
        .source("192.0.2.7:4711")
        .request_headers(get(), true)
        .response_headers(ok(), true);
    assert_eq!(
        seen(&double)[..8],
        [
            "request_headers count=3 end=true",
            "property source|address = `192.0.2.7:4711`",
            "property response|code_details = error 1",
            "property request|url_path = `/orders`",
            "property request|query = `x=1`",
            "response_headers count=1 end=true",
            "property response|code_details = `via_upstream`",
            "property request|path = error 1",
        ]
    );
}

#[test]
fn foreign_functions_are_those_that_the_test_registers() {
    let double = Double::new().foreign("shout", |text| Ok(text.to_ascii_uppercase()));
    let (double, vm) = started(
        double,
        "request_headers: foreign shout a; foreign whisper a",
    );
    vm.stream().request_headers(get(), true);
    assert_eq!(
        seen(&double)[1..3],
        ["foreign shout a = `A`", "foreign whisper a = error 1"]
    );
}

#[test]
fn a_refused_configuration_is_an_error_with_what_was_logged() {
    let refused = Double::new()
        .plugin_config("configure: pause")
        .start(crate::probe::start);
    let lines: Vec<_> = refused
        .unwrap_err()
        .lines
        .into_iter()
        .map(|line| line.text)
        .collect();
    assert_eq!(lines, ["vm_start size=0"]);
}
