//! What Envoys are served: a pure function of what Contour says and what policies ask for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::attachment::{Action, Attachment, Revision, digest};
use crate::clusters::Clusters;
use crate::splice::{self, Chain, Filter, Owner, Route, Treatment};
use crate::wire::Malformed;
use crate::xds::contour::Snapshot;

/// What stands between the name that Contour gave a route configuration and the digest of the
/// filters of the connection manager that asks for it. Neither a host name nor the rest of
/// Contour's names has one.
const SEPARATOR: char = '~';
/// How many filter lists are remembered that no listener has now.
const REMEMBERED: usize = 4096;

/// The filters of each connection manager that was ever served, by the name under which it asks for
/// its routes. Contour's own names stand for no filters, and so does a name that is not known.
#[derive(Debug, Clone, Default)]
pub struct Generations(BTreeMap<String, BTreeSet<String>>);

/// One consistent state: listeners, and the routes that go with every connection manager.
#[derive(Debug)]
pub struct World {
    /// Grows with every state.
    pub number: u64,
    /// The policies whose filters are in the listeners.
    pub filtering: BTreeMap<String, Revision>,
    /// Connection managers into which no filter could be put, and why. Their routes that need one
    /// are closed.
    pub refused: Vec<String>,
    /// The clusters of policies.
    pub clusters: Clusters,
    version: String,
    listeners: Vec<Bytes>,
    routes: Arc<Snapshot>,
    /// By Contour's name, the name under which its routes are asked for now.
    current: BTreeMap<String, String>,
    generations: Generations,
    targets: HashMap<Owner, Target>,
    served: Mutex<HashMap<String, Option<Served>>>,
}

/// What is done with the routes of one object.
#[derive(Debug, Clone)]
struct Target {
    filters: Vec<String>,
    closed: Option<String>,
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
    /// Translates. `before` is the state that was served until now. The same input gives the same
    /// bytes.
    ///
    /// # Errors
    /// Contour said something that is no message: then the state before stays.
    pub fn new(
        listeners: &Snapshot,
        routes: &Arc<Snapshot>,
        attachments: &[Attachment],
        before: Option<&World>,
    ) -> Result<Self, Malformed> {
        let by_owner = by_owner(attachments);
        let mut chains = BTreeMap::new();
        for (name, bytes) in &routes.resources {
            let owners: BTreeSet<Owner> = splice::owners(bytes)?.into_iter().collect();
            if let Some(chain) = chain(name, &owners, &by_owner) {
                chains.insert(name.clone(), chain);
            }
        }
        let mut refused = vec![];
        let mut spliced = vec![];
        for bytes in listeners.resources.values() {
            let listener = splice::listener(bytes, |name| chains.get(name))?;
            refused.extend(listener.refused.iter().map(ToString::to_string));
            spliced.push(listener.bytes.map_or_else(|| bytes.clone(), Bytes::from));
        }
        let mut generations = before
            .map(|world| world.generations.clone())
            .unwrap_or_default();
        generations.remember(chains.values());
        Ok(Self {
            number: before.map_or(1, |world| world.number.saturating_add(1)),
            filtering: filtering(attachments),
            refused,
            version: version(&listeners.version, attachments),
            listeners: spliced,
            routes: Arc::clone(routes),
            current: chains
                .into_iter()
                .map(|(name, chain)| (name, chain.route_config_name))
                .collect(),
            clusters: Clusters::default(),
            generations,
            targets: by_owner
                .into_iter()
                .map(|(owner, attachment)| (owner.clone(), Target::of(attachment)))
                .collect(),
            served: Mutex::default(),
        })
    }

    /// Contour's version and a digest of the policies.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every listener.
    pub fn listeners(&self) -> &[Bytes] {
        &self.listeners
    }

    /// The route configuration for a connection manager that asks for it by `name`; none where
    /// Contour has no such one.
    pub fn routes(&self, name: &str) -> Option<Served> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(served) = served.get(name) {
            return served.clone();
        }
        let routes = self.splice_routes(name);
        served.insert(name.to_owned(), routes.clone());
        routes
    }

    /// The name under which the routes are asked for now that once were, or are, asked for by
    /// `name`.
    pub fn current<'n>(&'n self, name: &'n str) -> &'n str {
        let base = self.base(name).unwrap_or(name);
        self.current.get(base).map_or(base, String::as_str)
    }

    /// Contour's name for what is asked for by `name`.
    fn base<'n>(&self, name: &'n str) -> Option<&'n str> {
        if self.routes.resources.contains_key(name) {
            return Some(name);
        }
        let (base, _) = name.rsplit_once(SEPARATOR)?;
        self.routes.resources.contains_key(base).then_some(base)
    }

    fn splice_routes(&self, name: &str) -> Option<Served> {
        let bytes = self.routes.resources.get(self.base(name)?)?;
        let has = self.generations.of(name);
        let mut lacks = false;
        let treat = |route: &Route| {
            let target = route
                .owner
                .as_ref()
                .and_then(|owner| self.targets.get(owner));
            let Some(target) = target.filter(|_| !route.redirects) else {
                return Treatment::Pass;
            };
            if let Some(text) = &target.closed {
                return Treatment::Close(text.clone());
            }
            if target.filters.is_empty() {
                return Treatment::Pass;
            }
            if target.filters.iter().all(|filter| has.contains(filter)) {
                return Treatment::Enable(target.filters.clone());
            }
            lacks = true;
            Treatment::Close(LACKS.to_owned())
        };
        let spliced = splice::routes(bytes, name, treat).ok()?;
        let bytes = spliced.map_or_else(|| bytes.clone(), Bytes::from);
        Some(Served { bytes, lacks })
    }
}

/// What a request is told whose connection is older than the filters that its route needs.
const LACKS: &str = "This connection is older than the policy of this route. Connect again.\n";

impl Generations {
    fn remember<'c>(&mut self, chains: impl Iterator<Item = &'c Chain>) {
        let now: BTreeMap<_, _> = chains
            .map(|chain| (chain.route_config_name.clone(), names(&chain.filters)))
            .collect();
        let too_many = self.0.len().saturating_sub(REMEMBERED);
        let old = self.0.keys().filter(|name| !now.contains_key(*name));
        let old: Vec<_> = old.take(too_many).cloned().collect();
        for name in old {
            self.0.remove(&name);
        }
        self.0.extend(now);
    }

    fn of(&self, name: &str) -> BTreeSet<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

impl Target {
    fn of(attachment: &Attachment) -> Self {
        let (filters, closed) = match &attachment.action {
            Action::Filter(filters) => (
                filters.iter().map(|filter| filter.name.clone()).collect(),
                None,
            ),
            Action::Close(text) => (vec![], Some(text.clone())),
            Action::Pass => (vec![], None),
        };
        Self { filters, closed }
    }
}

fn names(filters: &[Filter]) -> BTreeSet<String> {
    filters.iter().map(|filter| filter.name.clone()).collect()
}

/// The attachment of each target: the first that names it.
fn by_owner(attachments: &[Attachment]) -> HashMap<&Owner, &Attachment> {
    let mut by_owner = HashMap::new();
    for attachment in attachments {
        for owner in &attachment.targets {
            by_owner.entry(owner).or_insert(attachment);
        }
    }
    by_owner
}

/// The filters that the routes of some owners need, by policy and in the order of its list; none
/// where they need none.
fn chain(
    name: &str,
    owners: &BTreeSet<Owner>,
    by_owner: &HashMap<&Owner, &Attachment>,
) -> Option<Chain> {
    let attachments = owners.iter().filter_map(|owner| by_owner.get(owner));
    let of_policies: BTreeMap<&str, &Attachment> = attachments
        .map(|attachment| (attachment.policy.as_str(), *attachment))
        .collect();
    let filters = of_policies
        .values()
        .filter_map(|attachment| match &attachment.action {
            Action::Filter(filters) => Some(filters),
            Action::Close(_) | Action::Pass => None,
        });
    let filters: Vec<Filter> = filters.flatten().cloned().collect();
    if filters.is_empty() {
        return None;
    }
    let route_config_name = format!("{name}{SEPARATOR}{}", digest(&filters));
    Some(Chain {
        route_config_name,
        filters,
    })
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
    let filters = attachments
        .iter()
        .filter_map(|attachment| match &attachment.action {
            Action::Filter(filters) => Some(filters),
            Action::Close(_) | Action::Pass => None,
        });
    let filters: Vec<_> = filters.flatten().collect();
    match filters.is_empty() {
        true => of_contour.to_owned(),
        false => format!("{of_contour}{SEPARATOR}{}", digest(filters)),
    }
}
