//! A document as it was written, before scalars get their types.

use std::rc::Rc;

use crate::{Error, ErrorKind, MAX_DEPTH, Position};

/// One node of a document.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it starts.
    pub(crate) position: Position,
    /// What it is.
    pub(crate) kind: Kind,
    /// The levels of lists and mappings in it, with aliases followed.
    height: usize,
}

/// The kinds of nodes.
#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(Text),
    List(Vec<Rc<Node>>),
    /// Pairs in the order of the text: merges depend on it.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
    /// An alias, with the node that its anchor marks. Never an alias itself, never cyclic.
    Alias(Rc<Node>),
}

/// A scalar as it was written.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) plain: bool,
    /// The full tag (`tag:yaml.org,2002:int`), or a local one (`!x`, `!`).
    pub(crate) tag: Option<String>,
}

impl Node {
    /// Makes a node, unless it gets too high. Aliases of aliases can pile up a height that the
    /// text does not show, and even dropping such nodes would overflow the stack.
    pub(crate) fn new(position: Position, kind: Kind) -> Result<Rc<Self>, Error> {
        let height = match &kind {
            Kind::Scalar(_) => 0,
            Kind::Alias(target) => target.height,
            Kind::List(items) => above(items.iter().map(|item| item.height)),
            Kind::Mapping(pairs) => above(
                pairs
                    .iter()
                    .map(|(key, value)| key.height.max(value.height)),
            ),
        };
        check_levels(position, height)?;
        Ok(Rc::new(Self {
            position,
            kind,
            height,
        }))
    }

    /// Nothing between two separators. A written `null` is a document.
    pub(crate) fn is_empty_document(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Text { text, plain: true, tag: None }) if text.is_empty())
    }

    /// The node itself, or what an alias stands for.
    pub(crate) fn target(&self) -> &Node {
        match &self.kind {
            Kind::Alias(target) => target,
            _ => self,
        }
    }

    /// The key `<<`. The lone tag `!` makes even a quoted one a merge, in `kubectl` and so here.
    pub(crate) fn is_merge(&self) -> bool {
        let Kind::Scalar(Text { text, plain, tag }) = &self.kind else {
            return false;
        };
        text == "<<"
            && match tag.as_deref() {
                None => *plain,
                Some(tag) => tag == "!" || tag == "tag:yaml.org,2002:merge",
            }
    }
}

fn above(heights: impl Iterator<Item = usize>) -> usize {
    heights.max().unwrap_or(0).saturating_add(1)
}

/// One level down, unless that is too deep: what keeps recursion bounded while reading.
pub(crate) fn deeper(position: Position, depth: usize) -> Result<usize, Error> {
    let depth = depth.saturating_add(1);
    check_levels(position, depth)?;
    Ok(depth)
}

fn check_levels(position: Position, levels: usize) -> Result<(), Error> {
    if levels > MAX_DEPTH {
        return Err(Error::new(position, ErrorKind::TooDeep));
    }
    Ok(())
}
