//! Operations on a value in its place.

use super::{Mapping, key};
use crate::document::{Member, Node, Room, each, take};
use crate::pointer::Pointer;
use crate::{Problem, unquote};

/// What stands in the place of a value while it is moved into another one.
const NOTHING: Node<'static> = Node::Text(std::borrow::Cow::Borrowed("null"));

pub(super) fn wrap<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    member: Option<&str>,
    room: &mut Room,
) -> Result<bool, Problem> {
    each(root, at.segments(), room, &mut |node, room| {
        room.spend(1)?;
        let value = std::mem::replace(node, NOTHING);
        *node = match member {
            Some(name) => Node::Object(vec![Member {
                key: key(name),
                value,
            }]),
            None => Node::List(vec![value]),
        };
        Ok(true)
    })
}

pub(super) fn unwrap<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    member: Option<&str>,
    room: &mut Room,
) -> Result<bool, Problem> {
    each(root, at.segments(), room, &mut |node, room| {
        node.open(room)?;
        let taken = match (&mut *node, member) {
            (Node::List(list), None) if list.len() == 1 => list.pop(),
            (node @ Node::Object(_), Some(name)) => take(node, name, room)?.map(|(_, value)| value),
            _ => None,
        };
        let Some(value) = taken else {
            return Ok(false);
        };
        *node = value;
        Ok(true)
    })
}

pub(super) fn map<'t>(
    root: &mut Node<'t>,
    at: &Pointer,
    mappings: &'t [Mapping],
    otherwise: Option<&'t str>,
    room: &mut Room,
) -> Result<bool, Problem> {
    each(root, at.segments(), room, &mut |node, _| {
        let found = mappings.iter().find(|mapping| is(node, &mapping.from));
        let to = found.map(|mapping| mapping.to.as_str()).or(otherwise);
        match to {
            Some(to) if !is(node, to) => {
                *node = Node::text(to);
                Ok(true)
            }
            _ => Ok(false),
        }
    })
}

/// Whether a value is the scalar of that text: strings by their characters, numbers as they are
/// written.
fn is(node: &Node<'_>, text: &str) -> bool {
    match node {
        Node::Text(own) if *own == text => true,
        Node::Text(_) => match (node.string(), unquote(text)) {
            (Some(own), Ok(other)) => text.starts_with('"') && own == other,
            _ => false,
        },
        Node::List(_) | Node::Object(_) => false,
    }
}
