//! Policies that could send a request past the filters of another route.
//!
//! Envoy chooses the route again after every change that a filter makes to a request's headers, and
//! runs the filters of the route that it chose first. So a filter must not be able to lead from its
//! route to one that has filters which the first has not, or of which Contour's own filters, having
//! run already, were told something else.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use hachure_exchange::Touched;

use crate::attachment::{Action, Attachment};
use crate::splice::{Choice, Position, Route};
use crate::surroundings::Surroundings;
use crate::wire::Malformed;
use crate::world::reach::{Overridden, Reach};
use crate::world::table::Config;
use crate::world::{Table, World};

/// The policies that could, and where to.
///
/// # Errors
/// Contour said something that is no message.
pub fn reroutes(
    table: &Table,
    attachments: &[Attachment],
    surroundings: &Surroundings,
    before: Option<&World>,
) -> Result<BTreeMap<String, String>, Malformed> {
    let mut unsafe_ones = BTreeMap::new();
    if attachments.iter().all(|it| it.touches().next().is_none()) {
        return Ok(unsafe_ones);
    }
    let no_roots = BTreeMap::new();
    let roots = before.map_or(&no_roots, |world| &world.roots);
    let reach = Reach::new(attachments, surroundings, roots);
    for (name, config) in table.iter() {
        let all = All::of(name, config, &reach)?;
        for at in &all.touching {
            let Some(policy) = attachments.get(*at) else {
                continue;
            };
            if !unsafe_ones.contains_key(&policy.policy)
                && let Some(why) = all.way_out(*at, policy)
            {
                unsafe_ones.insert(policy.policy.clone(), why);
            }
        }
    }
    Ok(unsafe_ones)
}

/// The routes of one configuration.
struct All<'a> {
    routes: Vec<One<'a>>,
    /// The policies on them that may change something.
    touching: Vec<usize>,
}

/// One route.
struct One<'a> {
    /// The places of the routes of its virtual host.
    neighbours: Range<usize>,
    domain: &'a str,
    route: &'a Route,
    choice: &'a Choice,
    /// The policies whose filters it has.
    policies: Vec<usize>,
    /// It sends requests on: to one that does not it does no harm to come.
    forwards: bool,
}

impl<'a> All<'a> {
    fn of(name: &str, config: &'a Config, reach: &Reach<'_>) -> Result<Self, Malformed> {
        let mut all = Self {
            routes: vec![],
            touching: vec![],
        };
        let mut ignored = Overridden::new();
        let choices = config.choices()?;
        for (read, choices) in config.hosts.iter().zip(choices) {
            let start = all.routes.len();
            let neighbours = start..start.saturating_add(read.routes.len());
            let around = reach.around(name, read);
            let domain = read.domains.first().map_or("", String::as_str);
            for (route, choice) in read.routes.iter().zip(choices) {
                let holding = reach.holding(&around, route, &mut ignored);
                let mut closed = holding.closed.is_some();
                let mut policies = vec![];
                for (_, at) in holding.policies {
                    let Some(policy) = reach.attachments().get(at) else {
                        continue;
                    };
                    if route.redirects && !policy.redirects {
                        continue;
                    }
                    match &policy.action {
                        Action::Filter(_) => policies.push(at),
                        Action::Close(_) => closed = true,
                        Action::Hold(_) | Action::Pass => {}
                    }
                    if policy.touches().next().is_some() && !all.touching.contains(&at) {
                        all.touching.push(at);
                    }
                }
                all.routes.push(One {
                    forwards: choice.forwards && !closed,
                    neighbours: neighbours.clone(),
                    domain,
                    route,
                    choice,
                    policies,
                });
            }
        }
        Ok(all)
    }

    /// Where a policy could send a request past other filters.
    fn way_out(&self, at: usize, policy: &Attachment) -> Option<String> {
        let touches: Vec<_> = policy.touches().collect();
        let anywhere = touches.iter().any(|(_, touched)| touched.has(":authority"));
        // By the policies of a route, the routes that have others.
        let mut others: HashMap<&[usize], Vec<usize>> = HashMap::new();
        let own = self.routes.iter().enumerate();
        let mut own = own.filter(|(_, one)| one.policies.contains(&at));
        own.find_map(|(place, from)| {
            let leads = |to: &usize| {
                let (before, to) = (*to < place, self.routes.get(*to)?);
                let mut ways = touches.iter();
                ways.find_map(|(position, touched)| from.leads(*position, touched, before, to))
            };
            if anywhere && from.choice.has_native() {
                return (0..self.routes.len()).find_map(|to| leads(&to));
            }
            if anywhere {
                let others = others.entry(&from.policies);
                let others = others.or_insert_with(|| self.unlike(&from.policies));
                return others.iter().find_map(leads);
            }
            let mut neighbours = from.neighbours.clone();
            neighbours.find_map(|to| leads(&to))
        })
    }

    /// The routes that are not for all the same policies.
    fn unlike(&self, policies: &[usize]) -> Vec<usize> {
        let all = self.routes.iter().enumerate();
        let unlike = all.filter(|(_, to)| to.wants_more(policies) || to.choice.has_native());
        unlike.map(|(place, _)| place).collect()
    }
}

impl One<'_> {
    fn wants_more(&self, policies: &[usize]) -> bool {
        self.policies.iter().any(|need| !policies.contains(need))
    }

    /// Whether a filter at that position leads past what another route wants, and why.
    fn leads(
        &self,
        position: Position,
        touched: &Touched,
        before: bool,
        to: &One<'_>,
    ) -> Option<String> {
        let ours = to.wants_more(&self.policies);
        if !to.forwards || !(ours || self.choice.differs_before(position, to.choice)) {
            return None;
        }
        let reached = if self.neighbours != to.neighbours {
            touched.has(":authority")
        } else if before {
            to.choice.may_gain(touched)
        } else {
            self.choice.may_lose(touched)
        };
        let meets = touched.has(":path") || self.choice.meets(to.choice);
        (reached && meets).then(|| why(self, to, ours))
    }
}

fn why(from: &One<'_>, to: &One<'_>, ours: bool) -> String {
    let owner = to.route.owner.as_ref().map_or_else(String::new, |owner| {
        format!(" of {} {}/{}", owner.kind, owner.namespace, owner.name)
    });
    let skipped = match ours {
        true => "whose policies would not be carried out",
        false => "for which Contour's own authorization, which has run by then, is another one",
    };
    format!(
        "what its filters may change of requests for {}{} could send them to {}{}{owner}, {skipped}",
        from.domain,
        from.choice.path(),
        to.domain,
        to.choice.path(),
    )
}
