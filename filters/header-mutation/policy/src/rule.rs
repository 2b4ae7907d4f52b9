//! A compiled rule.

use hachure_config::{QueryEdit, RequestPath};
use hachure_exchange::Touched;

use crate::config::{IfMissing, Operation, Target, When};
use crate::facts::{Facts, Pseudo};
use crate::fields::{Fields, Headers, Query};
use crate::operate::{Manner, operate};
use crate::unfit::Unfit;
use crate::variable::Variable;

/// A rule with its names and variables resolved.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) when: When,
    pub(crate) target: Target,
    pub(crate) operation: Operation,
    pub(crate) if_missing: IfMissing,
    pub(crate) allow_unsafe: bool,
    /// What a rule of the response needs of the request.
    pub(crate) capture: Option<Capture>,
}

/// What is to be read when the request comes.
#[derive(Debug)]
pub(crate) struct Capture {
    /// The place of the values in [`Captured`].
    pub(crate) slot: usize,
    pub(crate) variables: Vec<Variable>,
}

/// What was read when the request came, by slot.
#[derive(Debug, Default)]
pub struct Captured(Vec<Option<Vec<Option<Vec<u8>>>>>);

impl Captured {
    /// Reads the request for one rule: its conditions on the request, and where they hold the
    /// values of its variables.
    pub(crate) fn read(&mut self, rule: &Rule, facts: &mut Facts<'_, '_>) {
        let Some(capture) = &rule.capture else { return };
        let values = rule.when.request_holds(facts).then(|| {
            let read = |variable| {
                let mut value = vec![];
                facts.read(variable, &mut value).then_some(value)
            };
            capture.variables.iter().map(read).collect()
        });
        self.0.push(values);
    }

    /// The values for a rule; none where its conditions on the request did not hold.
    pub(crate) fn of(&self, rule: &Rule) -> Option<&[Option<Vec<u8>>]> {
        match &rule.capture {
            None => Some(&[]),
            Some(capture) => self.0.get(capture.slot)?.as_deref(),
        }
    }
}

impl Rule {
    /// What it may change.
    pub(crate) fn touches(&self) -> Touched {
        match (self.target, &self.operation) {
            (Target::Query, _) => Touched::names([":path"]),
            // Pseudo-headers stay.
            (Target::Header, Operation::RemoveMatching(_)) => Touched::headers(),
            (Target::Header, operation) => Touched::names(operation.changed()),
        }
    }

    /// Does what the rule says with the message.
    pub(crate) fn run(&self, facts: &mut Facts<'_, '_>) -> Result<(), Unfit> {
        let manner = Manner {
            empty: self.if_missing == IfMissing::Empty,
            allow_unsafe: self.allow_unsafe,
        };
        match self.target {
            Target::Header => operate(&self.operation, manner, &mut Headers(facts)),
            Target::Query => self.run_on_query(manner, facts),
        }
    }

    fn run_on_query(&self, manner: Manner, facts: &mut Facts<'_, '_>) -> Result<(), Unfit> {
        let Some(target) = facts.pseudo(Pseudo::Path).map(<[u8]>::to_vec) else {
            return Ok(());
        };
        if RequestPath::new(&target).segments().next().is_none() {
            // `*`, or the authority of a CONNECT: there is no query to change.
            return Ok(());
        }
        let mut query = Query {
            facts,
            edit: QueryEdit::new(&target),
        };
        operate(&self.operation, manner, &mut query)?;
        let changed = query.edit.target();
        if changed == target {
            return Ok(());
        }
        Headers(facts).set(":path", &changed)
    }
}
