//! Kubernetes objects, as `kubectl` applies and prints them.

use crate::cursor::Cursor;
use crate::validate::found::Found;
use crate::validate::policy::{self, Policy};
use crate::validate::{envoy, targets};

/// An object with the names by which others refer to it.
#[derive(Clone)]
pub(crate) struct Object<'i> {
    pub(crate) kind: &'i str,
    /// `default` where the file leaves it to `kubectl`.
    pub(crate) namespace: &'i str,
    pub(crate) name: &'i str,
    pub(crate) whole: Cursor<'i>,
}

impl<'i> Object<'i> {
    fn read(whole: &Cursor<'i>) -> Self {
        let metadata = whole.get("metadata");
        let text = |key| metadata.as_ref().and_then(|metadata| metadata.text(key));
        Self {
            kind: whole.text("kind").unwrap_or_default(),
            namespace: text("namespace").unwrap_or("default"),
            name: text("name").unwrap_or_default(),
            whole: whole.clone(),
        }
    }

    /// The object's `spec`.
    pub(crate) fn spec(&self) -> Option<Cursor<'i>> {
        self.whole.get("spec")
    }

    /// `HTTPRoute default/orders`.
    pub(crate) fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Adds what an object, or a list of objects, holds.
pub(super) fn recognise<'i>(root: &Cursor<'i>, found: &mut Found<'i>) {
    if root.text("kind").is_some_and(|kind| kind.ends_with("List")) {
        for item in root.list("items") {
            recognise(&item, found);
        }
        return;
    }
    let object = Object::read(root);
    if policy::KINDS.contains(&object.kind) {
        let policy = Policy::read(object, found);
        found.placed.extend(policy.filters.iter().cloned());
        found.policies.push(policy);
    } else if targets::KINDS.contains(&object.kind) {
        found.objects.push(object);
    } else {
        // An EnvoyPatchPolicy, or whatever else carries a piece of Envoy's config.
        envoy::recognise(root, found);
    }
}
