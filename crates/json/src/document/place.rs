//! Places in a document.

use super::{Member, Node, Room};
use crate::pointer::Segment;
use crate::{Problem, quote};

/// What is done at a place; whether it changed anything.
type Change<'c, 't> = &'c mut dyn FnMut(&mut Node<'t>, &mut Room) -> Result<bool, Problem>;

/// Does something at every place that is there; whether anything changed.
pub(crate) fn each<'t>(
    node: &mut Node<'t>,
    way: &[Segment],
    room: &mut Room,
    change: Change<'_, 't>,
) -> Result<bool, Problem> {
    let Some((step, rest)) = way.split_first() else {
        return change(node, room);
    };
    node.open(room)?;
    match (step, node) {
        (Segment::Each, Node::List(list)) => {
            let mut changed = false;
            for node in list {
                changed |= each(node, rest, room, change)?;
            }
            Ok(changed)
        }
        (Segment::Name(name), node) => match below(node, name)? {
            Some(node) => each(node, rest, room, change),
            None => Ok(false),
        },
        (Segment::Each, _) => Ok(false),
    }
}

/// Takes the value of a name out of a list or object, and tells where it was.
pub(crate) fn take<'t>(
    node: &mut Node<'t>,
    name: &str,
    room: &mut Room,
) -> Result<Option<(usize, Node<'t>)>, Problem> {
    node.open(room)?;
    Ok(match node {
        Node::Object(object) => {
            position(object, name)?.and_then(|place| Some((place, remove_at(object, place)?.value)))
        }
        Node::List(list) => index(name).and_then(|place| Some((place, remove_at(list, place)?))),
        Node::Text(_) => None,
    })
}

/// Puts a value where a way without `*` leads, and gives back one that has no place there. Objects
/// that are missing on the way are made; a member that is there is replaced; in a list `-` is behind
/// the last element, and a number before that element (RFC 6902, 4.1).
pub(crate) fn put<'t>(
    node: &mut Node<'t>,
    way: &[Segment],
    value: Node<'t>,
    room: &mut Room,
) -> Result<Option<Node<'t>>, Problem> {
    let Some((step, rest)) = way.split_first() else {
        *node = value;
        return Ok(None);
    };
    node.open(room)?;
    let Segment::Name(name) = step else {
        return Ok(Some(value));
    };
    if let Node::List(list) = node
        && rest.is_empty()
    {
        let place = match name.as_str() {
            "-" => Some(list.len()),
            name => index(name).filter(|place| *place <= list.len()),
        };
        let Some(place) = place else {
            return Ok(Some(value));
        };
        room.spend(1)?;
        list.splice(place..place, [value]);
        return Ok(None);
    }
    if let Some(node) = below(node, name)? {
        return put(node, rest, value, room);
    }
    let Node::Object(object) = node else {
        return Ok(Some(value));
    };
    room.spend(1)?;
    object.push(Member {
        key: quote(name).into(),
        value: made(rest, value),
    });
    Ok(None)
}

/// The value inside of the objects that lead to it. A list cannot be made: nothing says its length.
fn made<'t>(way: &[Segment], value: Node<'t>) -> Node<'t> {
    way.iter().rev().fold(value, |value, segment| {
        let Segment::Name(name) = segment else {
            return value;
        };
        Node::Object(vec![Member {
            key: quote(name).into(),
            value,
        }])
    })
}

/// The value of a name in what has been taken apart.
fn below<'n, 't>(node: &'n mut Node<'t>, name: &str) -> Result<Option<&'n mut Node<'t>>, Problem> {
    Ok(match node {
        Node::Object(object) => match position(object, name)? {
            Some(place) => object.get_mut(place).map(|member| &mut member.value),
            None => None,
        },
        Node::List(list) => index(name).and_then(|place| list.get_mut(place)),
        Node::Text(_) => None,
    })
}

/// Where an object has the member of that name, which it must not have twice.
pub(crate) fn position(object: &[Member<'_>], name: &str) -> Result<Option<usize>, Problem> {
    let mut found = object
        .iter()
        .enumerate()
        .filter(|(_, member)| member.is_named(name))
        .map(|(place, _)| place);
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(Problem::Ambiguous),
    }
}

/// As `Vec::remove`, which panics.
pub(crate) fn remove_at<T>(list: &mut Vec<T>, place: usize) -> Option<T> {
    let tail = list.get_mut(place..)?;
    if tail.is_empty() {
        return None;
    }
    tail.rotate_left(1);
    list.pop()
}

/// No sign and no zero in front: each element has one number (RFC 6901, 4).
fn index(name: &str) -> Option<usize> {
    let canonical = name == "0" || !name.starts_with(['0', '+']);
    name.parse().ok().filter(|_| canonical)
}
