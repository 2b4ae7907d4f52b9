//! Header mutation: ordered rules that change headers and query parameters.
//!
//! What it decides, in order:
//!
//! 1. When the request comes, what rules of `phase: response` need of it is read, before any rule
//!    has changed it: whether their conditions on the request hold, and the values they name.
//! 2. Rules of `phase: request` run in the order of the config. A rule whose conditions all hold
//!    changes the request; the next one sees that.
//! 3. A rule that names a value which is not there, or would write one that is not fit to stand
//!    there, does nothing and is counted; with `ifMissing: fail` the request is refused.
//! 4. When the response comes, whoever made it, rules of `phase: response` do the same to it.
//!
//! Envoy chooses the route again after every change to a request header that a Wasm filter makes,
//! while the filters of a route are those of the first choice. So rules that change what routes
//! are chosen by are refused unless the config says `reroute: true`.
//!
//! ```
//! use hachure_exchange::{Metrics, Policy, Setup};
//! use hachure_header_mutation_policy::HeaderMutation;
//!
//! let config = br#"{"rules": [{"phase": "request", "operation": {"remove": {"name": ":path"}}}]}"#;
//! let mut metrics = Metrics::new(HeaderMutation::NAME);
//! let setup = Setup { metrics: &mut metrics, plugin: "orders", seed: [0; 16] };
//! let errors = HeaderMutation::compile(hachure_config::from_slice(config)?, setup).err();
//! assert!(errors.is_some_and(|e| e.to_string().starts_with("rules[0].operation.remove.name: ")));
//! # Ok::<(), hachure_config::ConfigErrors>(())
//! ```

mod compile;
mod condition;
mod config;
mod facts;
mod fields;
mod name;
mod operate;
mod reason;
mod replace;
mod rule;
mod unfit;
mod variable;

use hachure_config::{ConfigErrors, Mode};
use hachure_exchange::{Exchange, Outcome, Phase, Policy, Reason, Setup, Touched};

use crate::facts::Facts;
use crate::reason::Counters;
use crate::unfit::Unfit;

pub use config::{
    Assignment, Config, Dedupe, FieldMatch, IfMissing, Keep, NameMatch, Named, Operation,
    PathMatch, RegexReplace, ReplySource, Rule, RulePhase, Target, Transfer, When,
};
pub use hachure_config::PathTemplate;
pub use rule::Captured;
pub use variable::Variable;

/// A compiled list of rules.
pub struct HeaderMutation {
    request: Vec<rule::Rule>,
    response: Vec<rule::Rule>,
    mode: Mode,
    counters: Counters,
    reads_native_identity: bool,
}

impl Policy for HeaderMutation {
    const NAME: &'static str = "header-mutation";
    const REASONS: &'static [Reason] = &reason::ALL;
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::ResponseHeaders];
    type Config = Config;
    type Stream = Captured;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        let mode = config.mode;
        let compile::Rules {
            request,
            response,
            reads_native_identity,
        } = compile::rules(config)?;
        let counters = Counters::define(setup.metrics)?;
        Ok(Self {
            request,
            response,
            mode,
            counters,
            reads_native_identity,
        })
    }

    fn touches(&self) -> Touched {
        let rules = self.request.iter().map(rule::Rule::touches);
        rules.fold(Touched::nothing(), Touched::and)
    }

    fn reads_native_identity(&self) -> bool {
        self.reads_native_identity
    }

    fn request_headers(&self, captured: &mut Captured, x: &mut Exchange<'_>) -> Outcome {
        let mut facts = Facts::new(x);
        for rule in &self.response {
            captured.read(rule, &mut facts);
        }
        for rule in &self.request {
            if !rule.when.request_holds(&mut facts) {
                continue;
            }
            let Err(unfit) = rule.run(&mut facts) else {
                continue;
            };
            if let Outcome::Reply(reply) = self.unfit(rule, unfit, facts.x) {
                return Outcome::Reply(reply);
            }
        }
        Outcome::Continue
    }

    fn response_headers(&self, captured: &mut Captured, x: &mut Exchange<'_>) -> Outcome {
        let mut facts = Facts::new(x);
        for rule in &self.response {
            let Some(values) = captured.of(rule) else {
                continue;
            };
            if !rule.when.response_holds(facts.x) {
                continue;
            }
            facts.captured = values;
            if let Err(unfit) = rule.run(&mut facts) {
                self.counters.skipped(&unfit, facts.x);
            }
        }
        Outcome::Continue
    }
}

impl HeaderMutation {
    /// What a rule that cannot be carried out means for the request.
    fn unfit(&self, rule: &rule::Rule, unfit: Unfit, x: &mut Exchange<'_>) -> Outcome {
        if rule.if_missing == IfMissing::Fail {
            return self.counters.refuse(unfit, self.mode, x);
        }
        self.counters.skipped(&unfit, x);
        Outcome::Continue
    }
}
