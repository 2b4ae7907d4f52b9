//! Strings in parts.

use super::{key, last};
use crate::document::{Member, Node, Room, each, position};
use crate::pointer::{Pointer, Segment};
use crate::{Problem, quote};

pub(super) fn split<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    separator: &str,
    into: &[String],
    room: &mut Room,
) -> Result<bool, Problem> {
    if into.is_empty() {
        return each(root, at.segments(), room, &mut |node, room| {
            let Some(string) = node.string() else {
                return Ok(false);
            };
            let parts = string.split(separator).filter(|_| !string.is_empty());
            let parts: Vec<Node<'t>> = parts.map(text).collect();
            room.spend(parts.len())?;
            *node = Node::List(parts);
            Ok(true)
        });
    }
    beside(root, at, room, &mut |object, name, room| {
        let Some(place) = position(object, name)? else {
            return Ok(false);
        };
        let Some(string) = object.get(place).and_then(|member| member.value.string()) else {
            return Ok(false);
        };
        let parts: Vec<Node<'t>> = string.splitn(into.len(), separator).map(text).collect();
        room.spend(parts.len())?;
        let new = into.iter().zip(parts).map(|(name, value)| Member {
            key: key(name),
            value,
        });
        replace(object, place, into, None, new.collect())?;
        Ok(true)
    })
}

pub(super) fn join<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    separator: &str,
    from: &[String],
    room: &mut Room,
) -> Result<bool, Problem> {
    if from.is_empty() {
        return each(root, at.segments(), room, &mut |node, room| {
            node.open(room)?;
            let Node::List(list) = &*node else {
                return Ok(false);
            };
            let parts: Option<Vec<_>> = list.iter().map(Node::string).collect();
            let Some(joined) = parts.map(|parts| parts.join(separator)) else {
                return Ok(false);
            };
            *node = text(&joined);
            Ok(true)
        });
    }
    beside(root, at, room, &mut |object, name, _| {
        let mut first = None;
        let mut parts = vec![];
        for name in from {
            let Some(place) = position(object, name)? else {
                continue;
            };
            let Some(string) = object.get(place).and_then(|member| member.value.string()) else {
                return Ok(false);
            };
            first = first.or(Some(place));
            parts.push(string);
        }
        let joined = text(&parts.join(separator));
        let Some(place) = first else {
            return Ok(false);
        };
        let new = Member {
            key: key(name),
            value: joined,
        };
        replace(object, place, from, Some(name), vec![new])?;
        Ok(true)
    })
}

/// Puts `new` in the place of one member, and drops the others that have one of the names.
fn replace<'t>(
    object: &mut Vec<Member<'t>>,
    place: usize,
    names: &[String],
    also: Option<&str>,
    new: Vec<Member<'t>>,
) -> Result<(), Problem> {
    let names = || names.iter().map(String::as_str).chain(also);
    for name in names() {
        // That there is one of each at most.
        position(object, name)?;
    }
    let mut new = Some(new);
    for (i, member) in std::mem::take(object).into_iter().enumerate() {
        if i == place {
            object.extend(new.take().into_iter().flatten());
        } else if !names().any(|name| member.is_named(name)) {
            object.push(member);
        }
    }
    Ok(())
}

/// What is done with an object and the name of one of its members.
type Change<'c, 't> =
    &'c mut dyn FnMut(&mut Vec<Member<'t>>, &str, &mut Room) -> Result<bool, Problem>;

fn beside<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    room: &mut Room,
    change: Change<'_, 't>,
) -> Result<bool, Problem> {
    let Some((parent, Segment::Name(name))) = last(at) else {
        return Ok(false);
    };
    each(root, parent, room, &mut |node, room| {
        node.open(room)?;
        match node {
            Node::Object(object) => change(object, name, room),
            _ => Ok(false),
        }
    })
}

fn text<'t>(characters: &str) -> Node<'t> {
    Node::Text(quote(characters).into())
}
