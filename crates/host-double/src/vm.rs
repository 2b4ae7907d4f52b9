//! A VM: one worker's copy of the module.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::abi;
use crate::callback::{Event, enter};
use crate::callouts::{self, Answer, GrpcCall, HttpCall};
use crate::cost::Costs;
use crate::fault::Faults;
use crate::fields::Fields;
use crate::machine::{self, Machine, with};
use crate::process::Process;
use crate::settings::Settings;
use crate::status::Status;
use crate::stream::Stream;
use crate::timer;
use crate::violation::Violation;

/// The VM of this thread. It stays here: the SDK's state is the thread's own.
#[derive(Debug)]
pub struct Vm {
    process: Arc<Process>,
    booted: Cell<bool>,
    of_this_thread: PhantomData<*const ()>,
}

impl Vm {
    pub(crate) fn new(process: Arc<Process>, settings: Settings) -> Self {
        abi::linked();
        hachure_host::forget_own();
        machine::install(Machine::new(process.clone(), settings));
        Self {
            process,
            booted: Cell::new(false),
            of_this_thread: PhantomData,
        }
    }

    /// Starts and configures the plugin.
    pub(crate) fn boot(&self) -> bool {
        let (root, size) = with(|machine| (machine.root, machine.settings.vm_config.len()));
        enter(root, Event::ContextCreate { root: 0 }, || {});
        self.booted.set(true);
        let started = enter(root, Event::VmStart { size }, || {}).value != 0;
        started && self.configure_again()
    }

    /// Configures the plugin anew. Envoy makes a new root context instead; a host may do this.
    pub fn configure(&self, config: impl Into<Vec<u8>>) -> bool {
        with(|machine| machine.settings.plugin_config = config.into());
        self.configure_again()
    }

    fn configure_again(&self) -> bool {
        let (root, size) = with(|machine| (machine.root, machine.settings.plugin_config.len()));
        enter(root, Event::Configure { size }, || {}).value != 0
    }

    /// A new stream. The module learns of it with its first callback.
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(self)
    }

    /// Lets time pass: fires this worker's ticks and the timeouts of its call-outs, in order.
    pub fn advance(&self, by: Duration) {
        timer::advance(by);
    }

    /// Lets time pass at once: what falls due meanwhile is done when it is over, a tick once.
    pub fn skip(&self, by: Duration) {
        timer::skip(by);
    }

    /// Whether the module ticks more than twice in a second.
    pub fn ticks_quickly(&self) -> bool {
        with(|machine| machine.ticker.is_some_and(|ticker| ticker.is_quick()))
    }

    /// Does what is due on this worker at the process's time: another one may have moved the clock,
    /// or put something into a queue that this one consumes.
    pub fn settle(&self) {
        timer::advance(Duration::ZERO);
        while let Some((root, queue)) =
            with(|machine| machine.process.queues.take_ready(machine.worker))
        {
            enter(root, Event::QueueReady { queue }, || {});
        }
    }

    /// The HTTP calls under way.
    pub fn http_calls(&self) -> Vec<HttpCall> {
        with(|machine| machine.callouts.http.values().cloned().collect())
    }

    /// Answers an HTTP call; one that is not under way stays as it is.
    pub fn answer(&self, token: u32, answer: Answer) {
        callouts::answer(token, answer);
    }

    /// Breaks an HTTP call off: its callback sees no headers.
    pub fn fail(&self, token: u32) {
        callouts::fail(token);
    }

    /// The gRPC calls and streams under way.
    pub fn grpc_calls(&self) -> Vec<GrpcCall> {
        with(|machine| {
            machine
                .callouts
                .grpc
                .values()
                .map(|state| state.call.clone())
                .collect()
        })
    }

    /// The initial metadata of a gRPC stream's answer.
    pub fn grpc_initial_metadata(&self, token: u32, metadata: impl Into<Fields>) {
        callouts::initial_metadata(token, metadata.into());
    }

    /// A message from the server: the answer of a call, or one of a stream.
    pub fn grpc_receive(&self, token: u32, message: impl Into<Vec<u8>>) {
        callouts::grpc_receive(token, message.into());
    }

    /// The trailing metadata of a gRPC stream.
    pub fn grpc_trailing_metadata(&self, token: u32, metadata: impl Into<Fields>) {
        callouts::trailing_metadata(token, metadata.into());
    }

    /// The end of a gRPC stream, or the failure of a call.
    pub fn grpc_close(&self, token: u32, status: u32, text: &str) {
        callouts::grpc_close(token, status, text);
    }

    /// The calls of the host so far.
    pub fn costs(&self) -> Costs {
        with(|machine| machine.costs.clone())
    }

    /// Counts the calls of the host from here.
    pub fn forget_costs(&self) {
        with(|machine| machine.costs = Costs::default());
    }

    /// From here answers calls with errors at random, as `Double::faults` does from the start.
    pub fn faults(&self, seed: u64, per_thousand: u32) {
        with(|machine| machine.faults = Some(Faults::new(seed, per_thousand)));
    }

    /// Makes a host function answer nothing but that status from here; `Ok` mends it.
    pub fn broken(&self, function: &str, status: Status) {
        with(|machine| {
            machine.settings.broken.insert(function.to_owned(), status);
            machine
                .settings
                .broken
                .retain(|_, status| *status != Status::Ok);
        });
    }

    /// Takes the violations so far. Those that nobody takes fail the test.
    pub fn take_violations(&self) -> Vec<Violation> {
        with(|machine| std::mem::take(&mut machine.violations))
    }

    /// Nanoseconds since the epoch.
    pub fn now(&self) -> u64 {
        self.process.now()
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        if self.booted.get() && !std::thread::panicking() {
            let root = with(|machine| machine.root);
            enter(root, Event::Done, || {});
            enter(root, Event::Delete, || {});
        }
        let violations = machine::remove()
            .map(|machine| machine.violations)
            .unwrap_or_default();
        if !violations.is_empty() && !std::thread::panicking() {
            let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
            panic!(
                "the module broke the rules of its host:\n{}",
                lines.join("\n")
            );
        }
    }
}
