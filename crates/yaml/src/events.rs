//! From YAML text to nodes, through the events of `saphyr-parser`.

use std::{borrow::Cow, collections::HashMap, rc::Rc};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

use crate::{
    Error, ErrorKind, Position,
    ambiguous::Source,
    node::{Kind, Node, Text, deeper},
};

/// Reads all documents of a text whose characters have been checked.
pub(crate) fn read(text: &str) -> Result<Vec<Rc<Node>>, Error> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        source: Source::new(text),
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(is_explicit), span) => {
                if !is_explicit && !documents.is_empty() {
                    return Err(Error::new(position(&span.start), ErrorKind::Unread));
                }
                reader.anchors.clear();
                let (event, span) = reader.next()?;
                documents.push(reader.node(event, span, 0)?);
            }
            _ => {}
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Anchors of this document by the parser's number; `None` while the node is still open.
    anchors: HashMap<usize, Option<Rc<Node>>>,
    source: Source<'t>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Error> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(syntax(position(error.marker()), error.info())),
            // The parser ends with `StreamEnd`, after which nobody asks.
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Rc<Node>, Error> {
        let position = position(&span.start);
        let checked = self.source.check(&event, &span, depth == 0);
        checked.map_err(|why| syntax(position, why))?;
        let (anchor, kind) = match event {
            Event::Alias(anchor) => {
                return match self.anchors.get(&anchor) {
                    Some(Some(node)) => Node::new(position, Kind::Alias(Rc::clone(node))),
                    Some(None) => Err(Error::new(position, ErrorKind::SelfReference)),
                    None => Err(Error::new(position, ErrorKind::UnknownAnchor)),
                };
            }
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(text, style, tag)),
            Event::SequenceStart(anchor, _) => {
                self.open(anchor);
                (anchor, self.list(deeper(position, depth)?)?)
            }
            Event::MappingStart(anchor, _) => {
                self.open(anchor);
                (anchor, self.mapping(deeper(position, depth)?)?)
            }
            _ => return Err(syntax(position, "a value is expected here")),
        };
        let node = Node::new(position, kind)?;
        if anchor != 0 {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        Ok(node)
    }

    /// Notes an anchor whose node is not complete. The parser's number 0 means none.
    fn open(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Error> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(items)),
                (event, span) => items.push(self.node(event, span, depth)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Kind, Error> {
        let mut pairs = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(Kind::Mapping(pairs)),
                (event, span) => {
                    let key = self.node(event, span, depth)?;
                    let (event, span) = self.next()?;
                    let value = self.node(event, span, depth)?;
                    pairs.push((key, value));
                }
            }
        }
    }
}

fn syntax(position: Position, message: &str) -> Error {
    Error::new(position, ErrorKind::Syntax(message.to_owned()))
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<Cow<'_, Tag>>) -> Kind {
    Kind::Scalar(Text {
        text: text.into_owned(),
        plain: style == ScalarStyle::Plain,
        tag: tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)),
    })
}

fn position(marker: &Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col().saturating_add(1),
    }
}
