//! A policy that decides as another one does and writes down how.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hachure_exchange::{
    Answer, AnyPolicy, AnyStream, Background, Body, Capabilities, Cells, Effect, Effects, Event,
    Exchange, HeaderOp, Metrics, Outcome, Phase, Touched, run_alone,
};

use crate::call::{self, Call, Decision};
use crate::relay::Relay;

pub(crate) struct Recorder {
    policy: Box<dyn AnyPolicy>,
    /// The calls of each stream.
    streams: Rc<RefCell<Vec<Vec<Call>>>>,
    /// What they share: the component has its own, which begin as empty.
    cells: RefCell<Cells>,
    /// Whether a body may have changed what they share.
    shared_by_body: Rc<Cell<bool>>,
}

impl Recorder {
    pub(crate) fn new(
        policy: Box<dyn AnyPolicy>,
        streams: Rc<RefCell<Vec<Vec<Call>>>>,
        shared_by_body: Rc<Cell<bool>>,
    ) -> Self {
        Self {
            policy,
            streams,
            cells: RefCell::default(),
            shared_by_body,
        }
    }
}

impl AnyPolicy for Recorder {
    fn touches(&self) -> Touched {
        self.policy.touches()
    }

    fn reads_native_identity(&self) -> bool {
        self.policy.reads_native_identity()
    }

    fn stream(&self) -> AnyStream {
        self.streams.borrow_mut().push(vec![]);
        self.policy.stream()
    }

    fn run(&self, phase: Phase, stream: &mut AnyStream, x: &mut Exchange<'_>) -> Outcome {
        let headers = call::headers(x.headers());
        let end_of_stream = x.end_of_stream();
        let mut effects = Effects::new();
        let mut relay = Relay::new(x);
        let outcome = run_alone(
            &*self.policy,
            phase,
            stream,
            &mut relay,
            &mut self.cells.borrow_mut(),
            &mut effects,
            end_of_stream,
        );
        let facts = relay.into_facts();
        if let Outcome::Reply(_) = outcome {
            effects.drop_header_changes();
        }
        let told = effects
            .iter()
            .map(|effect| call::effect(&effect, self.policy.metrics()));
        let decision = Decision {
            outcome: call::outcome(&outcome),
            effects: told.collect(),
        };
        let call = Call {
            phase: call::phase(phase),
            headers,
            end_of_stream,
            facts,
            decision,
        };
        if let Some(stream) = self.streams.borrow_mut().last_mut() {
            stream.push(call);
        }
        repeat(&effects, x);
        outcome
    }

    /// The component has no body phases yet: what is decided in them is not recorded.
    fn run_body(
        &self,
        phase: Phase,
        stream: &mut AnyStream,
        body: Body<'_>,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        if self.policy.capabilities().shared_data {
            self.shared_by_body.set(true);
        }
        self.policy.run_body(phase, stream, body, x)
    }

    fn answered(
        &self,
        stream: &mut AnyStream,
        tag: u16,
        answer: Answer,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        self.policy.answered(stream, tag, answer, x)
    }

    fn resumed(&self, stream: &mut AnyStream, expired: bool, x: &mut Exchange<'_>) -> Outcome {
        self.policy.resumed(stream, expired, x)
    }

    /// There is no background in the component.
    fn background(&self, _event: Event, _x: &mut Background<'_>) {}

    fn capabilities(&self) -> Capabilities {
        self.policy.capabilities()
    }

    fn metrics(&self) -> &Metrics {
        self.policy.metrics()
    }
}

/// Records the effects once more, for the runner around us.
fn repeat(effects: &Effects, x: &mut Exchange<'_>) {
    for effect in effects.iter() {
        match effect {
            Effect::Header { op, name, value } => change(op, name, value, x),
            Effect::State { key, value } => x.set_state(key, value),
            Effect::Count { counter, by } => (0..by).for_each(|_| x.count(counter)),
            Effect::Log { level, text } => x.log(level, text),
        }
    }
    match effects.body_plan() {
        Some(plan) if plan.hold => x.collect_body(plan.limit),
        Some(plan) => x.observe_body(plan.limit),
        None => {}
    }
    if effects.holds_headers() {
        x.hold_headers();
    }
}

fn change(op: HeaderOp, name: &str, value: &[u8], x: &mut Exchange<'_>) {
    let valid = match op {
        HeaderOp::Set => x.set(name, value),
        HeaderOp::Add => x.add(name, value),
        HeaderOp::Remove => {
            x.remove(name);
            Ok(())
        }
    };
    debug_assert!(valid.is_ok(), "it was valid when the policy said it");
}
