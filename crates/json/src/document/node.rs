//! A value, as text or taken apart.

use std::borrow::Cow;

use super::Room;
use crate::{Problem, Reader, unquote};

/// A value. What is text may be anything; a list or object that is entered is taken apart, one
/// level of it.
#[derive(Debug, Clone)]
pub(crate) enum Node<'t> {
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Object(Vec<Member<'t>>),
}

/// A member of an object; its key is text, quotes included.
#[derive(Debug, Clone)]
pub(crate) struct Member<'t> {
    pub(crate) key: Cow<'t, str>,
    pub(crate) value: Node<'t>,
}

impl Member<'_> {
    /// Whether that is its name. A key with half of a surrogate pair has none.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        unquote(&self.key).is_ok_and(|key| key == name)
    }
}

impl<'t> Node<'t> {
    /// The value of that text.
    pub(crate) fn text(text: &'t str) -> Self {
        Node::Text(Cow::Borrowed(text))
    }

    /// Takes a list or object apart.
    pub(crate) fn open(&mut self, room: &mut Room) -> Result<(), Problem> {
        // What is made here is never a list or object as text.
        let Node::Text(Cow::Borrowed(text)) = *self else {
            return Ok(());
        };
        match text.as_bytes().first() {
            Some(b'{') => *self = Node::Object(members(text, room)?),
            Some(b'[') => *self = Node::List(elements(text, room)?),
            _ => {}
        }
        Ok(())
    }

    /// The characters of a string; none for any other value.
    pub(crate) fn string(&self) -> Option<Cow<'_, str>> {
        match self {
            Node::Text(text) if text.starts_with('"') => unquote(text).ok(),
            _ => None,
        }
    }

    /// How many values it is made of, as far as it has been taken apart.
    pub(crate) fn parts(&self) -> usize {
        let below: usize = match self {
            Node::Text(_) => 0,
            Node::List(list) => list.iter().map(Node::parts).sum(),
            Node::Object(object) => object.iter().map(|member| member.value.parts()).sum(),
        };
        below.saturating_add(1)
    }

    pub(crate) fn write(&self, out: &mut String, limit: usize) -> Result<(), Problem> {
        match self {
            Node::Text(text) => push(out, text, limit),
            Node::List(list) => {
                let mut before = "[";
                for node in list {
                    push(out, before, limit)?;
                    node.write(out, limit)?;
                    before = ",";
                }
                push(out, if list.is_empty() { "[]" } else { "]" }, limit)
            }
            Node::Object(object) => {
                let mut before = "{";
                for member in object {
                    push(out, before, limit)?;
                    push(out, &member.key, limit)?;
                    push(out, ":", limit)?;
                    member.value.write(out, limit)?;
                    before = ",";
                }
                push(out, if object.is_empty() { "{}" } else { "}" }, limit)
            }
        }
    }
}

fn push(out: &mut String, text: &str, limit: usize) -> Result<(), Problem> {
    if out.len().saturating_add(text.len()) > limit {
        return Err(Problem::TooLarge);
    }
    out.push_str(text);
    Ok(())
}

fn members<'t>(text: &'t str, room: &mut Room) -> Result<Vec<Member<'t>>, Problem> {
    let mut reader = Reader::new(text);
    let mut members = vec![];
    reader.open()?;
    while !reader.ends(b'}', members.is_empty())? {
        room.spend(1)?;
        let key = Cow::Borrowed(reader.key()?);
        let value = Node::text(reader.value()?);
        members.push(Member { key, value });
    }
    Ok(members)
}

fn elements<'t>(text: &'t str, room: &mut Room) -> Result<Vec<Node<'t>>, Problem> {
    let mut reader = Reader::new(text);
    let mut elements = vec![];
    reader.open()?;
    while !reader.ends(b']', elements.is_empty())? {
        room.spend(1)?;
        elements.push(Node::text(reader.value()?));
    }
    Ok(elements)
}
