//! Which policies hold for a route.
//!
//! From the most specific: that of the object that the route was made of, that of the HTTPProxy
//! that is the root of its host, that of the listener of the Gateway, that of the Gateway. The first
//! replaces the others, except enforced ones: their filters stand before its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::attachment::{Attachment, Target};
use crate::objects::{Name, Objects};
use crate::splice::{Host, Owner, Route};
use crate::surroundings::Surroundings;
use crate::world::gateway::{Gateway, OfGateway};

/// What a request is told whose host Contour knew before it was seen here.
const UNKNOWN: &str = "It is not known yet which policies this route has. Try again.\n";

/// Where a policy stands among those of a route: what is more specific is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rank {
    EnforcedOnGateway,
    EnforcedOnListener,
    EnforcedOnRoot,
    EnforcedOnObject,
    /// The one that is left of those that are not enforced.
    Specific,
}

/// The policies whose filters a route gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Holding {
    /// By their places among all, in the order in which they stand.
    pub(crate) policies: Vec<(Rank, usize)>,
    /// Why it is closed whatever they say.
    pub(crate) closed: Option<&'static str>,
}

/// Which policy stands in whose place, and on which target of that.
pub(crate) type Overridden = BTreeMap<String, BTreeMap<Target, BTreeSet<String>>>;

/// The policies by what they are for.
pub(crate) struct Reach<'a> {
    attachments: &'a [Attachment],
    by_target: HashMap<&'a Target, usize>,
    /// The root of each host.
    roots: HashMap<&'a str, Vec<&'a Name>>,
    /// Those of hosts that are known no more, but are still there.
    roots_before: &'a BTreeMap<String, Vec<Name>>,
    objects: &'a Objects,
    selects: BTreeSet<(&'a str, &'a str)>,
    gateway: Option<Gateway<'a>>,
    on_proxies: bool,
}

/// A policy, by its place among all, and the target by which it holds.
pub(crate) type Held<'a> = (usize, &'a Target);

/// What holds for a whole virtual host.
#[derive(Default)]
pub(crate) struct Around<'a> {
    root: Option<Held<'a>>,
    /// The HTTPProxy that it is the host of is not known, and may have a policy.
    rootless: bool,
    gateway: OfGateway<'a>,
    /// The roots, to be remembered.
    pub(crate) roots: Vec<Name>,
}

const PROXY: &str = "HTTPProxy";

impl<'a> Reach<'a> {
    pub(crate) fn new(
        attachments: &'a [Attachment],
        surroundings: &'a Surroundings,
        roots_before: &'a BTreeMap<String, Vec<Name>>,
    ) -> Self {
        let objects = &*surroundings.objects;
        let mut by_target = HashMap::new();
        let mut selects = BTreeSet::new();
        for (place, attachment) in attachments.iter().enumerate() {
            for target in &attachment.targets {
                by_target.entry(target).or_insert(place);
            }
            let kinds = attachment.selects.iter();
            selects.extend(kinds.map(|(kind, namespace)| (kind.as_str(), namespace.as_str())));
        }
        let mut roots: HashMap<&str, Vec<&Name>> = HashMap::new();
        for (name, proxy) in &*objects.proxies {
            if let Some(host) = &proxy.host {
                roots.entry(host).or_default().push(name);
            }
        }
        let gateway = surroundings.settings.gateway.as_ref();
        let gateway = gateway.map(|name| Gateway::new(name, objects, &by_target));
        Self {
            on_proxies: by_target.keys().any(|target| target.owner.kind == PROXY)
                || selects.iter().any(|(kind, _)| *kind == PROXY),
            attachments,
            by_target,
            roots,
            roots_before,
            objects,
            selects,
            gateway,
        }
    }

    /// All policies.
    pub(crate) fn attachments(&self) -> &'a [Attachment] {
        self.attachments
    }

    /// What holds for a virtual host of the route configuration of that name.
    pub(crate) fn around(&self, config: &str, host: &Host) -> Around<'a> {
        let mut around = Around::default();
        let owners = || {
            host.routes
                .iter()
                .filter_map(|route| route.owner.as_deref())
        };
        if self.on_proxies && owners().any(|owner| owner.kind == PROXY) {
            around.roots = self.roots(host);
            around.rootless = around.roots.is_empty();
            let held = around
                .roots
                .iter()
                .map(|name| self.held(owner(PROXY, name)));
            // Of two the older one counts.
            around.root = held.flatten().min();
        }
        if let Some(gateway) = &self.gateway {
            around.gateway = gateway.around(config, host);
        }
        around
    }

    /// The HTTPProxies that may be the root of a host: one, unless another Contour has one of that
    /// host too.
    fn roots(&self, host: &Host) -> Vec<Name> {
        let known = host.domains.iter().filter_map(|domain| {
            let now = self.roots.get(domain.as_str());
            let now = now.map(|names| names.iter().map(|name| (*name).clone()).collect());
            now.or_else(|| self.roots_before.get(domain).cloned())
        });
        let all: Vec<Name> = known.flatten().collect();
        let seen = all.iter().filter(|name| {
            let mut owners = host
                .routes
                .iter()
                .filter_map(|route| route.owner.as_deref());
            owners.any(|owner| owner.kind == PROXY && is(owner, name))
        });
        let seen: Vec<Name> = seen.cloned().collect();
        if seen.is_empty() { all } else { seen }
    }

    /// The policies of a route, and those of them that others replace.
    pub(crate) fn holding(
        &self,
        around: &Around<'a>,
        route: &Route,
        overridden: &mut Overridden,
    ) -> Holding {
        let mut levels: Vec<(Rank, Held<'a>)> = vec![];
        let mut closed = around.gateway.unknown;
        if let Some(own) = route.owner.as_deref() {
            let policy = self.held(own.clone());
            levels.extend(policy.map(|policy| (Rank::EnforcedOnObject, policy)));
            let is_proxy = own.kind == PROXY;
            closed |= self.may_be_selected(own) || (is_proxy && around.rootless);
            let root = around.root.filter(|_| is_proxy);
            levels.extend(root.map(|policy| (Rank::EnforcedOnRoot, policy)));
        }
        let listener = around.gateway.listener;
        levels.extend(listener.map(|policy| (Rank::EnforcedOnListener, policy)));
        let whole = around.gateway.whole;
        levels.extend(whole.map(|policy| (Rank::EnforcedOnGateway, policy)));
        self.settle(&levels, closed, overridden)
    }

    /// The policy of an object.
    fn held(&self, owner: Owner) -> Option<Held<'a>> {
        let (target, at) = self.by_target.get_key_value(&Target::whole(owner))?;
        Some((*at, *target))
    }

    fn settle(
        &self,
        levels: &[(Rank, Held<'a>)],
        closed: bool,
        overridden: &mut Overridden,
    ) -> Holding {
        let mut holding = Holding {
            policies: vec![],
            closed: closed.then_some(UNKNOWN),
        };
        let mut specific: Option<&Attachment> = None;
        for (rank, (at, target)) in levels {
            let Some(attachment) = self.attachments.get(*at) else {
                continue;
            };
            if holding.policies.iter().any(|(_, have)| have == at) {
                continue;
            }
            match specific {
                _ if attachment.enforced => holding.policies.push((*rank, *at)),
                None => {
                    specific = Some(attachment);
                    holding.policies.push((Rank::Specific, *at));
                }
                Some(by) => {
                    let targets = overridden.entry(attachment.policy.clone()).or_default();
                    let others = targets.entry((*target).clone()).or_default();
                    others.insert(by.policy.clone());
                }
            }
        }
        holding.policies.sort_unstable();
        holding
    }

    /// Whether a policy selects objects of that kind there, and this one was not seen yet.
    fn may_be_selected(&self, owner: &Owner) -> bool {
        let here = (owner.kind.as_str(), owner.namespace.as_str());
        let name = Name {
            namespace: owner.namespace.clone(),
            name: owner.name.clone(),
        };
        self.selects.contains(&here) && !self.objects.has(&owner.kind, &name)
    }
}

fn owner(kind: &str, name: &Name) -> Owner {
    Owner {
        kind: kind.to_owned(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
    }
}

fn is(owner: &Owner, name: &Name) -> bool {
    owner.namespace == name.namespace && owner.name == name.name
}
