//! What happens to a VM besides its streams: time passes, and upstreams answer.

use std::time::Duration;

use hachure_host_double::{Answer, Random, Vm};

use crate::corpus::Corpus;

/// One call comes to its end, if there is one: answered, refused, broken off.
pub(crate) fn answer_one(vm: &Vm, corpus: &Corpus, random: &mut Random) {
    let (http, grpc) = (vm.http_calls(), vm.grpc_calls());
    if let Some(call) = (!http.is_empty()).then(|| random.pick(&http)) {
        let statuses = [200, 200, 200, 200, 204, 401, 503];
        match random.below(10) {
            0 => vm.fail(call.token),
            1 => vm.answer(call.token, Answer::new(503, "no healthy upstream")),
            _ => {
                let status = *random.pick(&statuses);
                vm.answer(call.token, Answer::new(status, corpus.answer(random)));
            }
        }
    } else if let Some(call) = (!grpc.is_empty()).then(|| random.pick(&grpc)) {
        match random.chance(300) {
            true => vm.grpc_close(call.token, 14, "away"),
            false => vm.grpc_receive(call.token, corpus.answer(random)),
        }
    }
}

/// As no host does: an answer to what was never asked.
pub(crate) fn answer_nobody(vm: &Vm, random: &mut Random) {
    let token = u32::try_from(random.below(5000)).unwrap();
    match random.below(3) {
        0 => hachure_host::http_call_response(token, random.below(9), random.below(9)),
        1 => hachure_host::grpc_receive(token, random.below(9)),
        _ => hachure_host::grpc_close(token),
    }
    vm.settle();
}

/// A while passes, often less than a tick.
pub(crate) fn pass(vm: &Vm, random: &mut Random) {
    let most = *random.pick(&[10, 30, 300, 3000]);
    vm.advance(Duration::from_millis(random.bits() % most));
}

/// Ends every call that is still under way, those that this leads to included.
pub(crate) fn end_calls(vm: &Vm) {
    for _ in 0..64 {
        vm.http_calls().iter().for_each(|call| vm.fail(call.token));
        let grpc = vm.grpc_calls();
        grpc.iter()
            .for_each(|call| vm.grpc_close(call.token, 14, "away"));
    }
}
