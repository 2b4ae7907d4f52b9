//! The state of the VM on this thread.
//!
//! The SDK keeps its contexts in a thread-local, so the host's side of them is one too.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::callouts::Callouts;
use crate::context::Context;
use crate::cost::Costs;
use crate::fault::Faults;
use crate::flow::Side;
use crate::function::Function;
use crate::local_reply::LocalReply;
use crate::process::Process;
use crate::settings::Settings;
use crate::status::{Result, Status};
use crate::timer::Ticker;
use crate::violation::Violation;

thread_local! {
    static MACHINE: RefCell<Option<Machine>> = const { RefCell::new(None) };
    /// Ids go on from VM to VM of a thread: the SDK ends the program on one that it has seen.
    static LAST_CONTEXT: Cell<u32> = const { Cell::new(0) };
}

/// What Envoy puts off until the callback that asked for it has returned.
#[derive(Debug)]
pub(crate) enum Action {
    Resume(u32, Side),
    Reset(u32),
    Reply(u32, LocalReply),
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) process: Arc<Process>,
    pub(crate) settings: Settings,
    pub(crate) worker: u64,
    pub(crate) root: u32,
    /// The context whose callback runs.
    pub(crate) current: u32,
    /// The context that the module chose instead, or 0.
    pub(crate) effective: u32,
    /// The callback that runs.
    pub(crate) callback: &'static str,
    /// A local reply was asked for: whatever the callback returns, its message stops.
    pub(crate) stop_iteration: bool,
    pub(crate) contexts: BTreeMap<u32, Context>,
    pub(crate) actions: VecDeque<Action>,
    pub(crate) ticker: Option<Ticker>,
    pub(crate) callouts: Callouts,
    /// Filter state whose span the plugin has declared.
    pub(crate) declared: BTreeSet<Vec<u8>>,
    pub(crate) faults: Option<Faults>,
    pub(crate) costs: Costs,
    pub(crate) violations: Vec<Violation>,
}

impl Machine {
    pub(crate) fn new(process: Arc<Process>, settings: Settings) -> Self {
        let faults = settings.faults.map(|(seed, rate)| Faults::new(seed, rate));
        Self {
            worker: process.new_worker(),
            process,
            settings,
            root: new_context_id(),
            current: 0,
            effective: 0,
            callback: "the test",
            stop_iteration: false,
            contexts: BTreeMap::new(),
            actions: VecDeque::new(),
            ticker: None,
            callouts: Callouts::default(),
            declared: BTreeSet::new(),
            faults,
            costs: Costs::default(),
            violations: vec![],
        }
    }

    /// The context that a host function acts on.
    pub(crate) fn target(&self) -> u32 {
        if self.effective == 0 {
            self.current
        } else {
            self.effective
        }
    }

    /// The stream that a host function acts on; none for the root context.
    pub(crate) fn stream(&mut self) -> Option<&mut Context> {
        let id = self.target();
        self.contexts.get_mut(&id)
    }

    pub(crate) fn violation(&mut self, function: &Function, what: impl Into<String>) {
        let what = what.into();
        let callback = self.callback;
        self.violations.push(Violation {
            callback,
            function: function.name,
            what,
        });
    }
}

pub(crate) fn new_context_id() -> u32 {
    LAST_CONTEXT.with(|last| {
        last.set(last.get() + 1);
        last.get()
    })
}

/// Puts a VM on this thread.
pub(crate) fn install(machine: Machine) {
    MACHINE.with_borrow_mut(|slot| {
        assert!(
            slot.is_none(),
            "this thread has a VM already: drop it first"
        );
        *slot = Some(machine);
    });
}

/// Takes the VM off this thread.
pub(crate) fn remove() -> Option<Machine> {
    MACHINE.with_borrow_mut(Option::take)
}

/// Works on the VM of this thread, of which there must be one. Never call the module in here.
pub(crate) fn with<R>(f: impl FnOnce(&mut Machine) -> R) -> R {
    MACHINE.with_borrow_mut(|slot| f(slot.as_mut().expect("this thread has no VM")))
}

/// Works on one stream of the VM.
pub(crate) fn with_context<R>(id: u32, f: impl FnOnce(&mut Context) -> R) -> R {
    with(|machine| {
        f(machine
            .contexts
            .get_mut(&id)
            .expect("a stream outlives its handle"))
    })
}

/// One call of a host function: counts it, strikes it with a fault where one is due, or runs it.
pub(crate) fn host(function: &Function, f: impl FnOnce(&mut Machine) -> Result<()>) -> u32 {
    MACHINE.with_borrow_mut(|slot| {
        let Some(machine) = slot.as_mut() else {
            return Status::InternalFailure as u32;
        };
        *machine.costs.calls.entry(function.name).or_default() += 1;
        let broken = machine.settings.broken.get(function.name).copied();
        let fault = || {
            machine
                .faults
                .as_mut()
                .and_then(|faults| faults.strike(function))
        };
        if let Some(status) = broken.or_else(fault) {
            return status as u32;
        }
        f(machine).err().unwrap_or(Status::Ok) as u32
    })
}
