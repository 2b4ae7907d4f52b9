//! The interface `evaluation`.

mod decision;

use std::cell::RefCell;
use std::rc::Rc;

use hachure_config::{ConfigErrors, Path};
use hachure_exchange::{AnyPolicy, AnyStream, Effects, Exchange, Phase};
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

pub(crate) struct Compiled(Rc<dyn AnyPolicy>);

impl GuestPolicy for Compiled {
    fn compile(filter: String, config: String) -> Result<Policy, Vec<ConfigError>> {
        let policy = compile(&filter, &config).map_err(|errors| told(&errors))?;
        Ok(Policy::new(Compiled(policy.into())))
    }

    fn counters(&self) -> Vec<String> {
        self.0.metrics().names().to_vec()
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
    policy: Rc<dyn AnyPolicy>,
    /// Borrowed for the length of a call, which nothing can enter again.
    state: RefCell<AnyStream>,
}

impl GuestHttpStream for Stream {
    fn new(policy: PolicyBorrow<'_>) -> Self {
        let policy = Rc::clone(&policy.get::<Compiled>().0);
        let state = RefCell::new(policy.stream());
        Self { policy, state }
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
        let mut x = Exchange::new(&mut source, &mut effects, end);
        let outcome = self.policy.run(phase, &mut self.state.borrow_mut(), &mut x);
        decision::of(outcome, effects, self.policy.metrics())
    }
}
