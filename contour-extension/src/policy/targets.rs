//! Which objects a policy is for, and what is wrong with its naming them.

use std::collections::{BTreeMap, BTreeSet};

use crate::attachment::Target;
use crate::objects::{Gateway, Name, Proxy};
use crate::policy::resource::{ContourExtensionPolicySpec, TargetKind, TargetRef};
use crate::policy::{Problem, Reason};
use crate::splice::Owner;
use crate::surroundings::Surroundings;

/// The targets of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Targets {
    /// All of them, in the order in which they are told.
    pub(crate) all: Vec<Target>,
    /// Those whose routes it gets. Among them are some that are not known: Contour may know them
    /// before they are seen here.
    pub(crate) attached: BTreeSet<Target>,
    /// Those that are not as they should be.
    pub(crate) refused: BTreeMap<Target, Problem>,
    /// Those of which there is something to say.
    pub(crate) notes: BTreeMap<Target, String>,
    /// The kinds, each in a namespace, of which objects are selected by labels.
    pub(crate) selects: BTreeSet<(String, String)>,
}

/// Finds the targets of a policy; what is wrong with the policy as a whole is an error.
pub(crate) fn targets(
    namespace: &str,
    spec: &ContourExtensionPolicySpec,
    surroundings: &Surroundings,
) -> Result<Targets, String> {
    let mut found = Targets::default();
    if spec.target_refs.is_empty() && spec.target_selectors.is_empty() {
        return Err("spec: expected targetRefs or targetSelectors".to_owned());
    }
    for (index, target) in spec.target_refs.iter().enumerate() {
        let path = format!("spec.targetRefs[{index}].group");
        group_is_right(&path, target.kind, &target.group)?;
        found.add(named(namespace, target), surroundings);
    }
    for (index, selector) in spec.target_selectors.iter().enumerate() {
        let path = format!("spec.targetSelectors[{index}]");
        group_is_right(&format!("{path}.group"), selector.kind, &selector.group)?;
        if selector.match_labels.is_empty() {
            return Err(format!("{path}.matchLabels: expected at least one label"));
        }
        let kind = selector.kind.name();
        found
            .selects
            .insert((kind.to_owned(), namespace.to_owned()));
        let objects = &surroundings.objects;
        for (name, labels) in objects.labelled(selector.kind, namespace) {
            let wanted = &selector.match_labels;
            let has_all = wanted
                .iter()
                .all(|(name, value)| labels.get(name) == Some(value));
            if has_all && served(selector.kind, name, surroundings) {
                found.add(Target::whole(owner(kind, name)), surroundings);
            }
        }
    }
    Ok(found)
}

fn named(namespace: &str, target: &TargetRef) -> Target {
    let name = Name {
        namespace: namespace.to_owned(),
        name: target.name.clone(),
    };
    Target {
        owner: owner(target.kind.name(), &name),
        section: target.section_name.clone(),
    }
}

fn owner(kind: &str, name: &Name) -> Owner {
    Owner {
        kind: kind.to_owned(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
    }
}

/// Of Gateways only one is this Contour's.
fn served(kind: TargetKind, name: &Name, surroundings: &Surroundings) -> bool {
    kind != TargetKind::Gateway || surroundings.settings.gateway.as_ref() == Some(name)
}

fn group_is_right(path: &str, kind: TargetKind, group: &str) -> Result<(), String> {
    if group == kind.group() {
        return Ok(());
    }
    Err(format!(
        "{path}: expected `{}` for the kind {}: found `{group}`",
        kind.group(),
        kind.name(),
    ))
}

impl Targets {
    fn add(&mut self, target: Target, surroundings: &Surroundings) {
        if self.all.contains(&target) {
            return;
        }
        match judge(&target, surroundings) {
            Judgement::Fine(None) => {}
            Judgement::Fine(Some(note)) => drop(self.notes.insert(target.clone(), note)),
            Judgement::Unknown(message) => {
                let problem = Problem::new(Reason::TargetNotFound, message);
                self.refused.insert(target.clone(), problem);
            }
            Judgement::NoRoutes(message) => {
                let problem = Problem::new(Reason::NoHttpRoutes, message);
                self.refused.insert(target.clone(), problem);
            }
            Judgement::Unsupported(message) => {
                let problem = Problem::new(Reason::UnsupportedValue, message);
                self.refused.insert(target.clone(), problem);
                self.all.push(target);
                return;
            }
        }
        self.attached.insert(target.clone());
        self.all.push(target);
    }
}

enum Judgement {
    Fine(Option<String>),
    Unknown(String),
    NoRoutes(String),
    Unsupported(String),
}

fn judge(target: &Target, surroundings: &Surroundings) -> Judgement {
    let name = Name {
        namespace: target.owner.namespace.clone(),
        name: target.owner.name.clone(),
    };
    let objects = &surroundings.objects;
    let kind = target.owner.kind.as_str();
    if kind == TargetKind::Gateway.name() {
        return match (&surroundings.settings.gateway, objects.gateways.get(&name)) {
            (Some(served), Some(gateway)) if *served == name => listener(target, gateway),
            (Some(served), _) if *served == name => unknown(target),
            (Some(served), _) => {
                Judgement::Unsupported(format!("the Gateway of this Contour is {served}"))
            }
            (None, _) => Judgement::Unsupported(
                "the add-on was not told which Gateway is this Contour's (--gateway)".to_owned(),
            ),
        };
    }
    if target.section.is_some() {
        return Judgement::Unsupported(format!(
            "sectionName is for the listeners of a Gateway: routes of {kind} do not tell of which \
             rule they were made"
        ));
    }
    if kind == TargetKind::HTTPProxy.name() {
        return objects
            .proxies
            .get(&name)
            .map_or_else(|| unknown(target), |found| proxy(found));
    }
    match objects.has(kind, &name) {
        true => Judgement::Fine(None),
        false => unknown(target),
    }
}

fn unknown(target: &Target) -> Judgement {
    Judgement::Unknown(format!("there is no {target}"))
}

fn proxy(proxy: &Proxy) -> Judgement {
    if proxy.tcp && !proxy.routes && !proxy.includes {
        return Judgement::NoRoutes("it passes TCP on and has no HTTP routes".to_owned());
    }
    let note = match proxy {
        Proxy { tcp: true, .. } => Some("its TCP proxy has no filters"),
        Proxy {
            host: None,
            includes: true,
            ..
        } => Some("its own routes, not those that it includes: a policy of the root covers them"),
        _ => None,
    };
    Judgement::Fine(note.map(ToOwned::to_owned))
}

fn listener(target: &Target, gateway: &Gateway) -> Judgement {
    let Some(section) = &target.section else {
        let any = gateway
            .listeners
            .values()
            .any(|listener| listener.is_http());
        return match any {
            true => Judgement::Fine(None),
            false => Judgement::NoRoutes("none of its listeners has HTTP routes".to_owned()),
        };
    };
    match gateway.listeners.get(section) {
        None => Judgement::Unknown(format!("it has no listener `{section}`")),
        Some(listener) if !listener.is_http() => Judgement::NoRoutes(format!(
            "the listener `{section}` is for {}",
            listener.protocol
        )),
        Some(_) => Judgement::Fine(None),
    }
}

#[cfg(test)]
mod tests;
