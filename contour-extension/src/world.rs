//! What Envoys are served: a pure function of what Contour says and what policies ask for.

mod gateway;
mod generations;
mod listeners;
mod plan;
mod reach;
mod reroute;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::attachment::{Action, Attachment, Revision, Target, digest};
use crate::clusters::Clusters;
use crate::objects::Name;
use crate::surroundings::Surroundings;
use crate::wire::Malformed;
use crate::world::generations::Generations;
use crate::world::listeners::Listeners;
use crate::world::plan::{Found, Open, Plan};
use crate::world::reach::Reach;
use crate::xds::contour::Snapshot;

pub use reroute::reroutes;
pub use table::Table;

/// What stands between the name that Contour gave a route configuration and the digest of the
/// filters of the connection manager that asks for it. Neither a host name nor the rest of
/// Contour's names has one.
const SEPARATOR: char = '~';

/// One consistent state: listeners, and the routes that go with every connection manager.
#[derive(Debug)]
pub struct World {
    /// Grows with every state.
    pub number: u64,
    /// The policies whose filters are in the listeners.
    pub filtering: BTreeMap<String, Revision>,
    /// By policy and target of it, the policies that stand in its place on some routes.
    pub overridden: BTreeMap<String, BTreeMap<Target, BTreeSet<String>>>,
    /// The clusters of policies.
    pub clusters: Clusters,
    version: String,
    listeners: Listeners,
    /// By the name that Contour gave them.
    plans: BTreeMap<String, Arc<Plan>>,
    generations: Generations,
    /// The HTTPProxies that are the roots of hosts.
    roots: BTreeMap<String, Vec<Name>>,
}

/// A route configuration as it is served under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its bytes.
    pub bytes: Bytes,
    /// Some routes are closed only because the connection manager lacks their filters.
    pub lacks: bool,
}

impl World {
    /// Translates. `before` is the state that was served until now: what has not changed since is
    /// taken from it. The same input gives the same bytes.
    ///
    /// # Errors
    /// Contour said something that is no message: then the state before stays.
    pub fn new(
        listeners: &Snapshot,
        table: &Table,
        attachments: &[Attachment],
        surroundings: &Surroundings,
        before: Option<&World>,
    ) -> Result<Self, Malformed> {
        let no_roots = BTreeMap::new();
        let roots = before.map_or(&no_roots, |world| &world.roots);
        let reach = Reach::new(attachments, surroundings, roots);
        let mut found = Found::default();
        let holds = |attachment: &Attachment| matches!(attachment.action, Action::Hold(_));
        let open = match attachments.iter().any(holds) {
            true => before.map(World::open).unwrap_or_default(),
            false => Open::new(),
        };
        let mut plans = BTreeMap::new();
        for (name, config) in table.iter() {
            let plan = Plan::new(name, config, (&reach, &open), &mut found);
            let same = before.and_then(|world| world.plans.get(name));
            let plan = match same.filter(|same| same.is(&plan)) {
                Some(same) => Arc::clone(same),
                None => Arc::new(plan),
            };
            plans.insert(name.clone(), plan);
        }
        let spliced = before.map(|world| &world.listeners);
        let listeners = Listeners::new(
            listeners,
            |name| plans.get(name).and_then(|plan| plan.chain.as_ref()),
            spliced,
        )?;
        let mut generations = before
            .map(|world| world.generations.clone())
            .unwrap_or_default();
        generations.remember(plans.values().filter_map(|plan| plan.chain.as_ref()));
        Ok(Self {
            number: before.map_or(1, |world| world.number.saturating_add(1)),
            filtering: filtering(attachments),
            overridden: found.overridden,
            clusters: Clusters::default(),
            version: version(&listeners.version, attachments),
            listeners,
            plans,
            generations,
            roots: found.roots,
        })
    }

    /// Contour's version and a digest of the policies.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every listener.
    pub fn listeners(&self) -> &[Bytes] {
        &self.listeners.all
    }

    /// The connection managers into which no filter could be put, and why. Their routes that need
    /// one are closed.
    pub fn refused(&self) -> impl Iterator<Item = &str> {
        self.listeners.refused()
    }

    /// The route configuration for a connection manager that asks for it by `name`; none where
    /// Contour has no such one.
    pub fn routes(&self, name: &str) -> Option<Served> {
        let plan = self.plans.get(self.base(name)?)?;
        plan.serve(name, self.generations.of(name))
    }

    fn open(&self) -> Open {
        let open = self.plans.values().flat_map(|plan| plan.open());
        open.cloned().collect()
    }

    /// The name under which the routes are asked for now that once were, or are, asked for by
    /// `name`.
    pub fn current<'n>(&'n self, name: &'n str) -> &'n str {
        let base = self.base(name).unwrap_or(name);
        let chain = self.plans.get(base).and_then(|plan| plan.chain.as_ref());
        chain.map_or(base, |chain| &chain.route_config_name)
    }

    /// Contour's name for what is asked for by `name`.
    fn base<'n>(&self, name: &'n str) -> Option<&'n str> {
        if self.plans.contains_key(name) {
            return Some(name);
        }
        let (base, _) = name.rsplit_once(SEPARATOR)?;
        self.plans.contains_key(base).then_some(base)
    }
}

fn filtering(attachments: &[Attachment]) -> BTreeMap<String, Revision> {
    let filtering = attachments
        .iter()
        .filter(|attachment| matches!(attachment.action, Action::Filter(_)));
    filtering
        .map(|attachment| (attachment.policy.clone(), attachment.revision()))
        .collect()
}

fn version(of_contour: &str, attachments: &[Attachment]) -> String {
    let filters: Vec<_> = attachments.iter().flat_map(Attachment::filters).collect();
    match filters.is_empty() {
        true => of_contour.to_owned(),
        false => format!("{of_contour}{SEPARATOR}{}", digest(filters)),
    }
}
