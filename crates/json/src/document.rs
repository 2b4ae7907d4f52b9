//! A document that is taken apart only where something is to be changed.

mod node;
mod place;

use crate::{Problem, Reader};
pub(crate) use node::{Member, Node};
pub(crate) use place::{each, position, put, remove_at, take};

/// A JSON text, and what has become of it.
#[derive(Debug, Clone)]
pub struct Document<'t> {
    root: Node<'t>,
    room: Room,
    changed: bool,
}

/// How many more elements and members may be taken apart or copied: what bounds the memory that a
/// document takes, 32 bytes for each in Wasm.
#[derive(Debug, Clone)]
pub(crate) struct Room(usize);

const MAX_PARTS: usize = 256 * 1024;

impl Room {
    pub(crate) fn spend(&mut self, parts: usize) -> Result<(), Problem> {
        self.0 = self.0.checked_sub(parts).ok_or(Problem::TooLarge)?;
        Ok(())
    }
}

impl<'t> Document<'t> {
    /// Reads a text that is one JSON value.
    pub fn parse(text: &'t str) -> Result<Self, Problem> {
        let mut reader = Reader::new(text);
        let value = reader.value()?;
        reader.end()?;
        Ok(Self {
            root: Node::text(value),
            room: Room(MAX_PARTS),
            changed: false,
        })
    }

    /// Whether an operation has changed anything.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// The new text, of at most `limit` bytes. Blanks are gone from the lists and objects that were
    /// taken apart.
    pub fn into_text(self, limit: usize) -> Result<String, Problem> {
        let mut text = String::new();
        self.root.write(&mut text, limit)?;
        Ok(text)
    }

    pub(crate) fn change(
        &mut self,
        change: impl FnOnce(&mut Node<'t>, &mut Room) -> Result<bool, Problem>,
    ) -> Result<(), Problem> {
        self.changed |= change(&mut self.root, &mut self.room)?;
        Ok(())
    }
}
