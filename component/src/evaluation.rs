//! The interface `evaluation`.

mod decision;

use std::cell::RefCell;
use std::rc::Rc;

use hachure_config::{ConfigErrors, Path};
use hachure_exchange::{AnyPolicy, AnyStream, Cells, Effects, Phase, run_alone};
use hachure_registry::Filter;

use crate::Component;
use crate::bindings::exports::hachure::policy::evaluation::{
    ConfigError, Decision, Facts, Guest, GuestHttpStream, GuestPolicy, Header, Policy, PolicyBorrow,
};
use crate::source::Told;

impl Guest for Component {
    type Policy = Compiled;
    type HttpStream = Stream;
}

pub(crate) struct Compiled(Rc<Instance>);

/// A policy, and what its streams share. There are no upstreams here: calls fail.
struct Instance {
    policy: Box<dyn AnyPolicy>,
    cells: RefCell<Cells>,
}

impl GuestPolicy for Compiled {
    fn compile(filter: String, config: String) -> Result<Policy, Vec<ConfigError>> {
        let policy = compile(&filter, &config).map_err(|errors| told(&errors))?;
        let cells = RefCell::default();
        Ok(Policy::new(Compiled(Rc::new(Instance { policy, cells }))))
    }

    fn counters(&self) -> Vec<String> {
        self.0.policy.metrics().names().to_vec()
    }
}

fn compile(name: &str, config: &str) -> Result<Box<dyn AnyPolicy>, ConfigErrors> {
    let Some(filter) = Filter::find(name) else {
        let expected = "the name of a filter of the catalogue";
        return Err(ConfigErrors::new(&Path::ROOT, expected, name));
    };
    (filter.compile)(config.as_bytes())
}

fn told(errors: &ConfigErrors) -> Vec<ConfigError> {
    let one = |error: &hachure_config::ConfigError| ConfigError {
        path: error.path.clone(),
        expected: error.expected.clone(),
        found: error.found.clone(),
    };
    errors.iter().map(one).collect()
}

pub(crate) struct Stream {
    instance: Rc<Instance>,
    /// Borrowed for the length of a call, which nothing can enter again.
    state: RefCell<AnyStream>,
}

impl GuestHttpStream for Stream {
    fn new(policy: PolicyBorrow<'_>) -> Self {
        let instance = Rc::clone(&policy.get::<Compiled>().0);
        let state = RefCell::new(instance.policy.stream());
        Self { instance, state }
    }

    fn request_headers(&self, headers: Vec<Header>, end: bool, facts: Facts) -> Decision {
        self.phase(Phase::RequestHeaders, headers, end, facts)
    }

    fn response_headers(&self, headers: Vec<Header>, end: bool, facts: Facts) -> Decision {
        self.phase(Phase::ResponseHeaders, headers, end, facts)
    }
}

impl Stream {
    fn phase(&self, phase: Phase, headers: Vec<Header>, end: bool, facts: Facts) -> Decision {
        let mut source = Told::new(headers, facts);
        let mut effects = Effects::new();
        let policy = &*self.instance.policy;
        let outcome = run_alone(
            policy,
            phase,
            &mut self.state.borrow_mut(),
            &mut source,
            &mut self.instance.cells.borrow_mut(),
            &mut effects,
            end,
        );
        decision::of(outcome, effects, policy.metrics())
    }
}
