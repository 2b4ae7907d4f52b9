//! What a policy is attached to, by the rules of Gateway API.

use crate::cursor::Cursor;
use crate::validate::found::Found;
use crate::validate::kubernetes::Object;

/// The objects that are kept because policies relate to them.
pub(super) const KINDS: [&str; 2] = ["HTTPRoute", "SecurityPolicy"];

/// One target of a policy, in the policy's own namespace.
#[derive(Clone)]
pub(crate) struct Target<'i> {
    pub(crate) kind: &'i str,
    pub(crate) by: By<'i>,
}

/// How a target is named.
#[derive(Clone)]
pub(crate) enum By<'i> {
    /// By name, and by the name of a section (a listener or a rule) where there is one.
    Name(&'i str, Option<&'i str>),
    /// By labels, all of which must be there.
    Labels(Vec<(&'i str, &'i str)>),
}

/// The targets of a policy object.
pub(super) fn of<'i>(policy: &Object<'i>) -> Vec<Target<'i>> {
    let Some(spec) = policy.spec() else {
        return Vec::new();
    };
    let references = spec
        .list("targetRefs")
        .into_iter()
        .chain(spec.get("targetRef"));
    let by_name = references.map(|reference| Target {
        kind: reference.text("kind").unwrap_or_default(),
        by: By::Name(
            reference.text("name").unwrap_or_default(),
            reference.text("sectionName"),
        ),
    });
    let by_labels = spec
        .list("targetSelectors")
        .into_iter()
        .map(|selector| Target {
            kind: selector.text("kind").unwrap_or_default(),
            by: By::Labels(labels(selector.get("matchLabels"))),
        });
    by_name.chain(by_labels).collect()
}

impl Target<'_> {
    /// Whether it is one route, or a rule of one, and not all that comes in at a gateway.
    pub(crate) fn is_a_route(&self) -> bool {
        !matches!(self.kind, "Gateway" | "ListenerSet" | "GatewayClass" | "")
    }

    /// Whether a target of a policy in `namespace` covers `rule` of `route`, an `HTTPRoute`.
    pub(crate) fn covers(&self, namespace: &str, route: &Object<'_>, rule: Option<&str>) -> bool {
        match (self.kind, &self.by) {
            ("HTTPRoute", By::Name(name, section)) => {
                route.namespace == namespace
                    && route.name == *name
                    && section.is_none_or(|section| rule == Some(section))
            }
            ("HTTPRoute", By::Labels(wanted)) => {
                let metadata = route.whole.get("metadata");
                let has = labels(metadata.and_then(|metadata| metadata.get("labels")));
                route.namespace == namespace && wanted.iter().all(|label| has.contains(label))
            }
            ("Gateway", By::Name(name, _)) => {
                parents(route).any(|(space, parent)| space == namespace && parent == *name)
            }
            ("Gateway", By::Labels(_)) => true,
            _ => false,
        }
    }

    /// `HTTPRoute orders`.
    pub(crate) fn title(&self) -> String {
        match &self.by {
            By::Name(name, None) => format!("{} {name}", self.kind),
            By::Name(name, Some(section)) => format!("{} {name}, section {section}", self.kind),
            By::Labels(_) => format!("{} by labels", self.kind),
        }
    }
}

/// Whether two policies of `namespace` have something in common: the same target, or a gateway and
/// a route of it. What cannot be told from the files counts as common.
pub(super) fn overlap(
    ours: &[Target<'_>],
    theirs: &[Target<'_>],
    namespace: &str,
    found: &Found<'_>,
) -> bool {
    let routes = || {
        found
            .objects
            .iter()
            .filter(|object| object.kind == "HTTPRoute")
    };
    let pair = |a: &Target<'_>, b: &Target<'_>| match (&a.by, &b.by) {
        (By::Name(x, _), By::Name(y, _)) if a.kind == b.kind => x == y,
        _ => {
            let of_each = |target: &Target<'_>| {
                routes()
                    .filter(|route| target.covers(namespace, route, None))
                    .count()
            };
            let both = |route: &&Object<'_>| {
                a.covers(namespace, route, None) && b.covers(namespace, route, None)
            };
            of_each(a) == 0 || of_each(b) == 0 || routes().any(|route| both(&route))
        }
    };
    ours.iter().any(|a| theirs.iter().any(|b| pair(a, b)))
}

/// The gateways of a route: namespace and name.
fn parents<'r>(route: &'r Object<'_>) -> impl Iterator<Item = (&'r str, &'r str)> {
    let parents = route
        .spec()
        .map(|spec| spec.list("parentRefs"))
        .unwrap_or_default();
    parents.into_iter().filter_map(|parent| {
        let namespace = parent.text("namespace").unwrap_or(route.namespace);
        Some((namespace, parent.text("name")?))
    })
}

fn labels<'i>(labels: Option<Cursor<'i>>) -> Vec<(&'i str, &'i str)> {
    let members = labels.iter().flat_map(Cursor::members).collect::<Vec<_>>();
    let pairs = members.into_iter();
    pairs
        .filter_map(|(key, label)| Some((key, label.value.as_str()?)))
        .collect()
}
