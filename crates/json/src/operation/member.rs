//! Operations on members and elements as a whole.

use super::{key, last};
use crate::document::{Node, Room, each, position, put, remove_at, take};
use crate::pointer::{Pointer, Segment};
use crate::{Problem, Wrong};

/// Where a value comes from and where it goes, in each element of the same list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paths {
    each: Vec<Segment>,
    from: Vec<Segment>,
    to: Vec<Segment>,
}

impl Paths {
    pub(super) fn new(from: &Pointer, to: &Pointer) -> Result<Self, Wrong> {
        let ((each, from), (same, to)) = (from.behind_each(), to.behind_each());
        if each != same {
            return Err(Wrong(
                "`from` and `to` to be the same up to and with their last *",
            ));
        }
        if from.is_empty() {
            return Err(Wrong("a member or an element to take the value from"));
        }
        Ok(Self {
            each: each.to_vec(),
            from: from.to_vec(),
            to: to.to_vec(),
        })
    }

    pub(super) fn to_is_inside(&self) -> bool {
        self.to.starts_with(&self.from) && self.to != self.from
    }
}

pub(super) fn rename<'t>(
    root: &mut Node<'t>,
    parent: &Pointer,
    name: &str,
    to: &str,
    room: &mut Room,
) -> Result<bool, Problem> {
    each(root, parent.segments(), room, &mut |node, room| {
        node.open(room)?;
        let Node::Object(object) = node else {
            return Ok(false);
        };
        let (Some(place), other) = (position(object, name)?, position(object, to)?) else {
            return Ok(false);
        };
        if other == Some(place) {
            return Ok(false);
        }
        if let Some(member) = object.get_mut(place) {
            member.key = key(to);
        }
        if let Some(other) = other {
            remove_at(object, other);
        }
        Ok(true)
    })
}

pub(super) fn relocate<'t>(
    root: &mut Node<'t>,
    paths: &Paths,
    room: &mut Room,
) -> Result<bool, Problem> {
    if paths.from == paths.to {
        return Ok(false);
    }
    each(root, &paths.each, room, &mut |node, room| {
        let Some((parent, name)) = last_name(&paths.from) else {
            return Ok(false);
        };
        let mut taken = None;
        each(node, parent, room, &mut |node, room| {
            taken = take(node, name, room)?;
            Ok(taken.is_some())
        })?;
        let Some((place, value)) = taken else {
            return Ok(false);
        };
        match put(node, &paths.to, value, room)? {
            None => Ok(true),
            Some(value) => {
                restore(node, parent, name, place, value, room)?;
                Ok(false)
            }
        }
    })
}

/// Puts a value that has no place elsewhere back to where it was.
fn restore<'t>(
    node: &mut Node<'t>,
    parent: &[Segment],
    name: &str,
    place: usize,
    value: Node<'t>,
    room: &mut Room,
) -> Result<(), Problem> {
    let mut value = Some(value);
    each(node, parent, room, &mut |node, _| {
        let value = value.take();
        match node {
            Node::Object(object) => {
                let member = value.map(|value| crate::document::Member {
                    key: key(name),
                    value,
                });
                object.splice(place..place, member);
            }
            Node::List(list) => drop(list.splice(place..place, value)),
            Node::Text(_) => {}
        }
        Ok(false)
    })
    .map(drop)
}

pub(super) fn copy<'t>(
    root: &mut Node<'t>,
    paths: &Paths,
    room: &mut Room,
) -> Result<bool, Problem> {
    each(root, &paths.each, room, &mut |node, room| {
        let mut found = None;
        each(node, &paths.from, room, &mut |node, room| {
            room.spend(node.parts())?;
            found = Some(node.clone());
            Ok(false)
        })?;
        match found {
            Some(value) => Ok(put(node, &paths.to, value, room)?.is_none()),
            None => Ok(false),
        }
    })
}

pub(super) fn remove<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    room: &mut Room,
) -> Result<bool, Problem> {
    let Some((parent, last)) = last(at) else {
        return Ok(false);
    };
    each(root, parent, room, &mut |node, room| match last {
        Segment::Name(name) => Ok(take(node, name, room)?.is_some()),
        Segment::Each => {
            node.open(room)?;
            match node {
                Node::List(list) if !list.is_empty() => {
                    list.clear();
                    Ok(true)
                }
                _ => Ok(false),
            }
        }
    })
}

pub(super) fn add<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    value: &'t str,
    missing_only: bool,
    room: &mut Room,
) -> Result<bool, Problem> {
    let (before, behind) = at.behind_each();
    each(root, before, room, &mut |node, room| {
        let mut there = false;
        if missing_only {
            each(node, behind, room, &mut |_, _| {
                there = true;
                Ok(false)
            })?;
        }
        if there {
            return Ok(false);
        }
        room.spend(1)?;
        Ok(put(node, behind, Node::text(value), room)?.is_none())
    })
}

fn last_name(way: &[Segment]) -> Option<(&[Segment], &str)> {
    match way.split_last()? {
        (Segment::Name(name), parent) => Some((parent, name)),
        (Segment::Each, _) => None,
    }
}
