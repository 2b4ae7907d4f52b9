//! The upstreams of the filter's own, as a case has them answer.

use std::collections::BTreeMap;
use std::time::Duration;

use hachure_casefile::{Case, ObservedCall, Step, UpstreamAnswer, cluster, logical_name};
use serde_json::Value;

use crate::callouts::{Answer, GrpcCall, HttpCall};
use crate::double::Double;
use crate::fields::Fields;
use crate::vm::Vm;

/// The shortest time between two ticks of a module.
const TICK: Duration = Duration::from_millis(25);
/// A module whose calls never end is stopped here.
const MOST: usize = 64;

/// Answers calls as a case says.
#[derive(Debug)]
pub(super) struct Upstreams {
    answers: BTreeMap<String, UpstreamAnswer>,
    config: Value,
}

impl Upstreams {
    pub(super) fn of(case: &Case) -> Self {
        Self {
            answers: case.upstreams.clone(),
            config: case.config.clone(),
        }
    }

    /// Every cluster that a case's upstreams are.
    pub(super) fn clusters(case: &Case, mut double: Double) -> Double {
        let later = case.steps.iter().flat_map(|step| step.upstreams.keys());
        for name in case.upstreams.keys().chain(later) {
            double = double.cluster(cluster(&case.config, name));
        }
        double
    }

    /// From here on they answer as this step says.
    pub(super) fn change(&mut self, step: &Step) {
        self.answers.extend(step.upstreams.clone());
    }

    /// Answers every call, those that the answers lead to included. What the stream `id` called.
    pub(super) fn serve(&self, vm: &Vm, id: Option<u32>) -> Vec<ObservedCall> {
        let mut calls = vec![];
        for _ in 0..MOST {
            if let Some(call) = vm.http_calls().into_iter().next() {
                calls.extend((Some(call.context) == id).then(|| self.seen_http(&call)));
                vm.answer(call.token, self.http(&call));
            } else if let Some(call) = vm.grpc_calls().into_iter().next() {
                calls.extend((Some(call.context) == id).then(|| self.seen_grpc(&call)));
                self.grpc(vm, &call);
            } else {
                break;
            }
        }
        calls
    }

    /// Lets time pass between two steps. Ticks that fall due meanwhile are one.
    pub(super) fn pass(&self, vm: &Vm, time: Duration) {
        vm.skip(time);
        self.serve(vm, None);
    }

    /// Lets a module start: what it fetches is there when this returns.
    pub(super) fn start(&self, vm: &Vm) {
        vm.advance(TICK);
        self.serve(vm, None);
    }

    /// Lets one tick pass for a stream that waits.
    pub(super) fn tick(&self, vm: &Vm, id: u32) -> Vec<ObservedCall> {
        vm.advance(TICK);
        self.serve(vm, Some(id))
    }

    fn of_cluster(&self, cluster: &str) -> Option<&UpstreamAnswer> {
        self.answers.get(logical_name(&self.config, cluster))
    }

    fn http(&self, call: &HttpCall) -> Answer {
        let given = self.of_cluster(&call.cluster).filter(|given| !given.away);
        let Some(given) = given else {
            return Answer::local(503, "upstream connect error");
        };
        let mut headers = given.headers.to_map();
        headers.set(":status", given.status().to_string().as_bytes());
        Answer {
            headers: Fields::from(&headers),
            body: given.body(),
            trailers: None,
        }
    }

    fn grpc(&self, vm: &Vm, call: &GrpcCall) {
        const UNAVAILABLE: u32 = 14;
        let given = self.of_cluster(&call.cluster).filter(|given| !given.away);
        match given.and_then(|given| given.grpc.as_ref()) {
            Some(message) => vm.grpc_receive(call.token, message.0.clone()),
            None => vm.grpc_close(call.token, UNAVAILABLE, "away"),
        }
    }

    fn seen_http(&self, call: &HttpCall) -> ObservedCall {
        ObservedCall {
            upstream: logical_name(&self.config, &call.cluster).to_owned(),
            headers: call.headers.to_map(),
            body: call.body.clone(),
        }
    }

    fn seen_grpc(&self, call: &GrpcCall) -> ObservedCall {
        let path = format!("/{}/{}", call.service, call.method);
        let headers = [(":method", "POST"), (":path", &path)];
        ObservedCall {
            upstream: logical_name(&self.config, &call.cluster).to_owned(),
            headers: headers.into_iter().collect(),
            body: call.messages.concat(),
        }
    }
}
