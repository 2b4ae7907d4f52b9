//! Cases run over the double: the twin of `hachure_casefile::native`.

mod upstreams;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hachure_casefile::{Case, Message, Observed, ObservedCall, Seen, Step, metadata_message};
use hachure_exchange::{HeaderMap, UnixTime};

use crate::double::Double;
use crate::fields::Fields;
use crate::flow::Side;
use crate::local_reply::LocalReply;
use crate::stream::Stream;
use crate::vm::Vm;
use upstreams::Upstreams;

/// A case on its way through the module of a VM.
pub struct Player<'a> {
    double: &'a Double,
    vm: &'a Vm,
    upstreams: Upstreams,
}

impl<'a> Player<'a> {
    /// What a case needs of its Envoy besides the plugin: clusters, shared data, the time.
    pub fn prepare(case: &Case, double: Double) -> Double {
        let start = case.now.unwrap_or_default().0;
        // The module has had its first tick when the case begins.
        let start = UnixTime(start.saturating_sub(START_NANOS));
        let metadata = metadata_message(&case.metadata);
        let double = double.property(&["metadata"], metadata);
        let double = Upstreams::clusters(case, double).now(start);
        for cell in &case.shared {
            double.preset_shared(&cell.key.0, &cell.value.0);
        }
        double
    }

    /// Begins: what the module fetches at its start is there.
    pub fn start(double: &'a Double, vm: &'a Vm, case: &Case) -> Self {
        let upstreams = Upstreams::of(case);
        upstreams.start(vm);
        Self {
            double,
            vm,
            upstreams,
        }
    }

    /// Runs one step.
    pub fn step(&mut self, step: &Step) -> Observed {
        self.upstreams.change(step);
        if let Some(time) = step.after {
            let time = Duration::from_millis(time.milliseconds());
            self.upstreams.pass(self.vm, time);
        }
        let counted = self.double.counters();
        let stream = self.vm.stream();
        if let Some(source) = &step.source {
            stream.source(source);
        }
        for (key, value) in &step.state {
            stream.preset_state(key, value);
        }
        let mut calls = self.send(&stream, &step.request);
        let asked = stream.upstream();
        if stream.replies().is_empty() {
            answer(&stream, step);
            calls.extend(self.wait(&stream, Side::Response));
        }
        let mut observed = observe(&stream, step);
        // A request that was answered before its end is none for the upstream.
        if let (Some(headers), None, true) = (asked.headers, &step.local, asked.ended) {
            let before = step.request.headers.to_map();
            observed.upstream = Some(Seen {
                before,
                after: headers.to_map(),
                body_before: step.request.whole_body(),
                body: asked.body,
            });
        }
        observed.calls = calls;
        observed.counters = difference(self.double.counters(), &counted);
        observed
    }

    fn send(&self, stream: &Stream<'_>, request: &Message) -> Vec<ObservedCall> {
        let headers = Fields::from(&request.headers.to_map());
        stream.request_headers(headers, request.ends_with_headers());
        let calls = self.wait(stream, Side::Request);
        for (i, chunk) in request.body.iter().enumerate() {
            let last = i + 1 == request.body.len() && request.trailers.0.is_empty();
            stream.request_body(&chunk.0, last);
        }
        if !request.trailers.0.is_empty() {
            stream.request_trailers(Fields::from(&request.trailers.to_map()));
        }
        calls
    }

    /// Lets a stream have what it waits for, calls first; time passes only while it is held for
    /// what is fetched elsewhere.
    fn wait(&self, stream: &Stream<'_>, side: Side) -> Vec<ObservedCall> {
        let mut calls = self.upstreams.serve(self.vm, Some(stream.id()));
        for _ in 0..LONGEST_WAIT {
            if !(stream.held(side) && stream.replies().is_empty() && self.vm.ticks_quickly()) {
                break;
            }
            calls.extend(self.upstreams.tick(self.vm, stream.id()));
        }
        calls
    }
}

/// A tick, in nanoseconds.
const START_NANOS: u64 = 25_000_000;
/// The most ticks for which a stream is waited for: a minute.
const LONGEST_WAIT: usize = 2400;

fn answer(stream: &Stream<'_>, step: &Step) {
    if let Some(local) = &step.local {
        stream.local_reply(u32::from(local.status), "", "fault_filter_abort");
        return;
    }
    let message = step.upstream.clone().unwrap_or_default();
    stream.response_headers(with_status(&message), message.ends_with_headers());
    for (i, chunk) in message.body.iter().enumerate() {
        let last = i + 1 == message.body.len() && message.trailers.0.is_empty();
        stream.response_body(&chunk.0, last);
    }
    if !message.trailers.0.is_empty() {
        stream.response_trailers(Fields::from(&message.trailers.to_map()));
    }
}

fn with_status(message: &Message) -> Fields {
    let mut headers = Fields::from(&message.headers.to_map());
    if headers.value(":status").is_none() {
        headers.add(b":status", b"200");
    }
    headers
}

fn observe(stream: &Stream<'_>, step: &Step) -> Observed {
    let client = stream.client();
    let after = client.headers.unwrap_or_default();
    let replies = stream.replies();
    let response = match replies.last() {
        Some(reply) => Seen {
            before: HeaderMap::new(),
            after: as_given(reply, &stream.request_before(), &after),
            body_before: reply.body.clone(),
            body: reply.body.clone(),
        },
        None => Seen {
            before: before(step),
            after: after.to_map(),
            body_before: match &step.local {
                Some(_) => vec![],
                None => step
                    .upstream
                    .as_ref()
                    .map(Message::whole_body)
                    .unwrap_or_default(),
            },
            body: client.body,
        },
    };
    let set = stream.states().into_iter().filter_map(|(key, value)| {
        let value = String::from_utf8_lossy(&value).into_owned();
        (step.state.get(&key) != Some(&value)).then_some((key, value))
    });
    Observed {
        replied: !replies.is_empty(),
        response,
        state: Some(set.collect()),
        ..Observed::default()
    }
}

fn before(step: &Step) -> HeaderMap {
    match &step.local {
        Some(local) => [(":status", local.status.to_string())]
            .into_iter()
            .collect(),
        None => with_status(&step.upstream.clone().unwrap_or_default()).to_map(),
    }
}

/// The module's reply without what Envoy makes of every local reply (content-length, the form for
/// gRPC), and with what the response callbacks changed in it.
fn as_given(reply: &LocalReply, request: &Fields, after: &Fields) -> HeaderMap {
    let made = reply.prepare(request).headers;
    let mut given = Fields::from([(":status", reply.status.to_string())]);
    for (name, value) in reply.headers.iter() {
        given.add(name, value);
    }
    let names: BTreeSet<&[u8]> = made
        .iter()
        .chain(after.iter())
        .map(|(name, _)| name)
        .collect();
    for name in names {
        if !made.values(name).eq(after.values(name)) {
            given.remove(name);
            after.values(name).for_each(|value| given.add(name, value));
        }
    }
    given.to_map()
}

fn difference(now: BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let grown = now.into_iter().map(|(name, value)| {
        let grown = value - before.get(&name).copied().unwrap_or(0);
        (name, grown)
    });
    grown.filter(|(_, grown)| *grown > 0).collect()
}
