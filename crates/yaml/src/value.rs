//! From nodes to the JSON value and its trace: types, keys, merges and aliases.
//!
//! Recursion is bounded by the height of the nodes.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    rc::Rc,
};

use serde_json::Value;

use crate::{
    Document, Error, ErrorKind, Mark, Position, Scalar,
    document::{Inside, Trace},
    node::{Kind, Node, Text},
    resolve::{Resolved, resolve},
};

/// How many nodes all aliases of a document may expand to.
const MAX_ALIASED_NODES: usize = 100_000;
/// How many bytes of scalars all aliases of a document may expand to.
const MAX_ALIASED_BYTES: usize = 4 * 1024 * 1024;

/// Builds one document.
pub(crate) fn build(node: &Rc<Node>) -> Result<Document, Error> {
    // The document itself counts as one node in goyaml.v2.
    let mut builder = Builder {
        nodes: 1,
        aliased_nodes: 0,
        aliased_bytes: 0,
        aliases_open: 0,
    };
    let (value, trace) = builder.node(node)?;
    Ok(Document::new(value, trace))
}

struct Builder {
    nodes: usize,
    aliased_nodes: usize,
    aliased_bytes: usize,
    aliases_open: usize,
}

/// One field of a mapping.
struct Field {
    value: Value,
    trace: Trace,
    /// Where the key stands, unless a merge brought it.
    set_at: Option<Position>,
}

type Fields = BTreeMap<String, Field>;

impl Builder {
    fn node(&mut self, node: &Node) -> Result<(Value, Trace), Error> {
        self.count(node)?;
        match &node.kind {
            Kind::Alias(target) => {
                self.aliases_open = self.aliases_open.saturating_add(1);
                let (value, mut trace) = self.node(target)?;
                self.aliases_open = self.aliases_open.saturating_sub(1);
                trace.value.position = node.position;
                Ok((value, trace))
            }
            Kind::Scalar(text) => {
                let value = scalar_value(text).map_err(|kind| Error::new(node.position, kind))?;
                Ok((value, Trace::leaf(mark(node))))
            }
            Kind::List(nodes) => {
                let mut values = Vec::with_capacity(nodes.len());
                let mut traces = Vec::with_capacity(nodes.len());
                for item in nodes {
                    let (value, trace) = self.node(item)?;
                    values.push(value);
                    traces.push(trace);
                }
                let trace = Trace {
                    inside: Inside::Items(traces),
                    ..Trace::leaf(mark(node))
                };
                Ok((Value::Array(values), trace))
            }
            Kind::Mapping(pairs) => {
                let fields = self.fields(pairs)?;
                let mut values = serde_json::Map::new();
                let mut traces = BTreeMap::new();
                for (key, field) in fields {
                    values.insert(key.clone(), field.value);
                    traces.insert(key, field.trace);
                }
                let trace = Trace {
                    inside: Inside::Fields(traces),
                    ..Trace::leaf(mark(node))
                };
                Ok((Value::Object(values), trace))
            }
        }
    }

    fn fields(&mut self, pairs: &[(Rc<Node>, Rc<Node>)]) -> Result<Fields, Error> {
        let mut fields = Fields::new();
        for (key, value) in pairs {
            if key.is_merge() {
                self.merge(&mut fields, key.position, value)?;
                continue;
            }
            let name = self.key(key)?;
            let (value, trace) = self.node(value)?;
            let field = Field {
                value,
                trace: trace.under(mark(key)),
                set_at: Some(key.position),
            };
            match fields.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(field);
                }
                Entry::Occupied(mut entry) => {
                    if let Some(first) = entry.get().set_at {
                        let kind = ErrorKind::DuplicateKey {
                            key: entry.key().clone(),
                            first,
                        };
                        return Err(Error::new(key.position, kind));
                    }
                    entry.insert(field);
                }
            }
        }
        Ok(fields)
    }

    /// Merges what `<<` names. Of a list the earlier mappings win, so they go last.
    fn merge(
        &mut self,
        fields: &mut Fields,
        position: Position,
        source: &Node,
    ) -> Result<(), Error> {
        let Kind::List(sources) = &source.kind else {
            return self.merge_one(fields, position, source);
        };
        self.count(source)?;
        for source in sources.iter().rev() {
            self.merge_one(fields, position, source)?;
        }
        Ok(())
    }

    fn merge_one(
        &mut self,
        fields: &mut Fields,
        position: Position,
        source: &Node,
    ) -> Result<(), Error> {
        self.count(source)?;
        let Kind::Mapping(pairs) = &source.target().kind else {
            return Err(Error::new(source.position, ErrorKind::MergeValue));
        };
        let is_alias = usize::from(matches!(source.kind, Kind::Alias(_)));
        self.aliases_open = self.aliases_open.saturating_add(is_alias);
        let merged = self.fields(pairs)?;
        self.aliases_open = self.aliases_open.saturating_sub(is_alias);
        for (key, field) in merged {
            if let Some(first) = fields.get(&key).and_then(|field| field.set_at) {
                return Err(Error::new(
                    position,
                    ErrorKind::MergeReplaces { key, first },
                ));
            }
            fields.insert(
                key,
                Field {
                    set_at: None,
                    ..field
                },
            );
        }
        Ok(())
    }

    fn key(&mut self, key: &Node) -> Result<String, Error> {
        self.count(key)?;
        let Kind::Scalar(text) = &key.target().kind else {
            return Err(Error::new(key.position, ErrorKind::CompoundKey));
        };
        resolve(text)
            .and_then(|resolved| {
                resolved
                    .to_key()
                    .ok_or_else(|| ErrorKind::UnusableKey(text.text.clone()))
            })
            .map_err(|kind| Error::new(key.position, kind))
    }

    /// Counts a node and refuses alias bombs: by goyaml.v2's rule, which bounds the share of
    /// nodes that aliases bring, and by a bound of our own on their sum.
    fn count(&mut self, node: &Node) -> Result<(), Error> {
        self.nodes = self.nodes.saturating_add(1);
        if self.aliases_open > 0 {
            self.aliased_nodes = self.aliased_nodes.saturating_add(1);
        }
        if (self.aliases_open > 0 || matches!(node.kind, Kind::Alias(_)))
            && let Kind::Scalar(text) = &node.target().kind
        {
            self.aliased_bytes = self.aliased_bytes.saturating_add(text.text.len());
        }
        // 99 of 100: goyaml.v2 asks for more in documents of over 400,000 nodes, where the bound
        // below is the lower one.
        let unaliased = self.nodes.saturating_sub(self.aliased_nodes);
        let refused_by_share = self.aliased_nodes > 100
            && self.nodes > 1000
            && unaliased.saturating_mul(100) < self.nodes;
        if refused_by_share
            || self.aliased_nodes > MAX_ALIASED_NODES
            || self.aliased_bytes > MAX_ALIASED_BYTES
        {
            return Err(Error::new(node.position, ErrorKind::ExcessiveAliases));
        }
        Ok(())
    }
}

fn scalar_value(text: &Text) -> Result<Value, ErrorKind> {
    Ok(match resolve(text)? {
        Resolved::Null => Value::Null,
        Resolved::Bool(bool) => Value::Bool(bool),
        Resolved::Number(number) => number.to_json(),
        Resolved::Unbounded(_) => return Err(ErrorKind::NotJson(text.text.clone())),
        Resolved::String(text) => Value::from(text),
    })
}

/// Where a node stands, and the scalar that it is or stands for.
fn mark(node: &Node) -> Mark {
    let scalar = match &node.target().kind {
        Kind::Scalar(Text { text, plain, .. }) => Some(Scalar {
            text: text.clone(),
            plain: *plain,
        }),
        _ => None,
    };
    Mark {
        position: node.position,
        scalar,
    }
}
