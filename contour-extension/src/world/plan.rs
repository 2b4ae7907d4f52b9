//! What is done with the routes of one route configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::attachment::{Action, Attachment, Revision, digest};
use crate::splice::{self, Chain, Filter, Owner, Place, Route, Treatment};
use crate::world::reach::{Around, Holding, Overridden, Rank, Reach};
use crate::world::table::Config;
use crate::world::{SEPARATOR, Served};

/// What a request is told whose connection is older than the filters that its route needs.
const LACKS: &str = "This connection is older than the policy of this route. Connect again.\n";

/// What is done, and under which name connection managers ask for it.
#[derive(Debug)]
pub(crate) struct Plan {
    config: Arc<Config>,
    /// By virtual host and route.
    routes: Vec<Vec<Arc<Treated>>>,
    /// None where no route needs a filter.
    pub(crate) chain: Option<Chain>,
    /// By name, as it was asked for.
    served: Mutex<HashMap<String, Option<Served>>>,
}

/// What is done with a route whose connection manager has every filter.
#[derive(Debug, Default, PartialEq, Eq)]
struct Treated {
    /// The policies whose filters are switched on, and their versions.
    policies: Vec<(String, Revision)>,
    treatment: Treatment,
}

impl Plan {
    pub(crate) fn new(
        name: &str,
        config: &Arc<Config>,
        (reach, open): (&Reach<'_>, &Open),
        found: &mut Found,
    ) -> Self {
        let mut ranks = BTreeMap::new();
        let mut known = HashMap::new();
        let mut routes = vec![];
        for host in &config.hosts {
            let mut around = reach.around(name, host);
            for root in std::mem::take(&mut around.roots) {
                for domain in &host.domains {
                    let roots = found.roots.entry(domain.clone()).or_default();
                    if !roots.contains(&root) {
                        roots.push(root.clone());
                    }
                }
            }
            let mut last = None;
            let treated = host.routes.iter().map(|route| {
                let holding = holding(route, reach, &around, &mut last, &mut found.overridden);
                for (rank, at) in holding.policies.iter().filter(|(_, at)| {
                    let policy = reach.attachments().get(*at);
                    policy.is_some_and(|policy| policy.redirects || !route.redirects)
                }) {
                    let before = ranks.entry(*at).or_insert(*rank);
                    *before = (*before).min(*rank);
                }
                let redirects = route.redirects;
                let open = route
                    .owner
                    .as_ref()
                    .is_some_and(|owner| open.contains(owner));
                let treated = known.entry((holding, redirects, open));
                let (holding, ..) = treated.key().clone();
                Arc::clone(treated.or_insert_with(|| {
                    Arc::new(Treated::new(
                        &holding,
                        (redirects, open),
                        reach.attachments(),
                    ))
                }))
            });
            routes.push(treated.collect());
        }
        Self {
            config: Arc::clone(config),
            chain: chain(name, &ranks, reach.attachments()),
            routes,
            served: Mutex::default(),
        }
    }

    /// Whether both say the same of the same routes.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.config, &other.config) || self.config.bytes == other.config.bytes)
            && self.chain == other.chain
            && self.routes == other.routes
    }

    /// The objects of which a route is neither filtered nor closed.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Arc<Owner>> {
        let hosts = self.config.hosts.iter().zip(&self.routes);
        let routes = hosts.flat_map(|(host, treated)| host.routes.iter().zip(treated));
        let open = routes.filter(|(_, treated)| treated.treatment == Treatment::Pass);
        open.filter_map(|(route, _)| route.owner.as_ref())
    }

    /// The routes for a connection manager that asks for them by `name` and has these filters.
    pub(crate) fn serve(&self, name: &str, has: &BTreeSet<String>) -> Option<Served> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(served) = served.get(name) {
            return served.clone();
        }
        let routes = self.splice(name, has);
        served.insert(name.to_owned(), routes.clone());
        routes
    }

    fn splice(&self, name: &str, has: &BTreeSet<String>) -> Option<Served> {
        let closed = Treatment::Close(LACKS.to_owned());
        let mut lacks = false;
        let treat = |place: Place| {
            let routes = self.routes.get(place.host);
            let Some(treated) = routes.and_then(|routes| routes.get(place.route)) else {
                // There is one for each that the walk finds.
                return &closed;
            };
            match &treated.treatment {
                Treatment::Enable(filters) if !filters.iter().all(|one| has.contains(one)) => {
                    lacks = true;
                    &closed
                }
                treatment => treatment,
            }
        };
        let bytes = &self.config.bytes;
        let spliced = splice::routes(bytes, name, treat).ok()?;
        let bytes = spliced.map_or_else(|| bytes.clone(), Bytes::from);
        Some(Served { bytes, lacks })
    }
}

/// Objects that had open routes before, where that counts.
pub(crate) type Open = HashSet<Arc<Owner>>;

/// What is found beside the plans.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) overridden: Overridden,
    /// The roots of the hosts.
    pub(crate) roots: BTreeMap<String, Vec<crate::objects::Name>>,
}

/// Neighbours are mostly of one object.
fn holding<'a, 'r>(
    route: &'r Route,
    reach: &Reach<'a>,
    around: &Around<'a>,
    last: &mut Option<(Option<&'r Arc<Owner>>, Holding)>,
    overridden: &mut Overridden,
) -> Holding {
    let owner = route.owner.as_ref();
    if let Some((same, holding)) = last
        && *same == owner
    {
        return holding.clone();
    }
    let holding = reach.holding(around, route, overridden);
    *last = Some((owner, holding.clone()));
    holding
}

impl Treated {
    /// `open` says whether routes of that object were open before.
    fn new(holding: &Holding, (redirects, open): (bool, bool), attachments: &[Attachment]) -> Self {
        let policies = holding.policies.iter();
        let policies = policies.filter_map(|(_, at)| attachments.get(*at));
        let policies: Vec<_> = policies.filter(|it| it.redirects || !redirects).collect();
        let closed = policies.iter().find_map(|policy| match &policy.action {
            Action::Close(text) => Some(text.as_str()),
            Action::Hold(text) if !open => Some(text.as_str()),
            Action::Filter(_) | Action::Hold(_) | Action::Pass => None,
        });
        let closed = holding.closed.filter(|_| !redirects).or(closed);
        let names = policies.iter().flat_map(|policy| policy.filters());
        let names: Vec<_> = names.map(|filter| filter.name.clone()).collect();
        let treatment = match closed {
            Some(text) => Treatment::Close(text.to_owned()),
            None if names.is_empty() => Treatment::Pass,
            None => Treatment::Enable(names),
        };
        let versions = policies.iter();
        let versions = versions.map(|policy| (policy.policy.clone(), policy.revision()));
        Self {
            policies: versions.collect(),
            treatment,
        }
    }
}

/// The filters of policies, enforced ones first and those of broader targets before others.
fn chain(name: &str, ranks: &BTreeMap<usize, Rank>, attachments: &[Attachment]) -> Option<Chain> {
    let policies = ranks.iter();
    let policies = policies.filter_map(|(at, rank)| Some((rank, attachments.get(*at)?)));
    let mut policies: Vec<_> = policies.collect();
    policies.sort_by_key(|(rank, policy)| (**rank, policy.policy.as_str()));
    let filters = policies.iter().flat_map(|(_, policy)| policy.filters());
    let filters: Vec<Filter> = filters.cloned().collect();
    if filters.is_empty() {
        return None;
    }
    let route_config_name = format!("{name}{SEPARATOR}{}", digest(&filters));
    Some(Chain {
        route_config_name,
        filters,
    })
}
