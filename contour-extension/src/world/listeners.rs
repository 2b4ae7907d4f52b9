//! The listeners with filters in them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::splice::{self, Chain};
use crate::wire::Malformed;
use crate::xds::contour::Snapshot;

#[derive(Debug)]
pub(crate) struct Listeners {
    /// The version that Contour gave them.
    pub(crate) version: String,
    /// As they are served.
    pub(crate) all: Vec<Bytes>,
    spliced: BTreeMap<String, Arc<Spliced>>,
}

/// One listener, and what it was made of.
#[derive(Debug)]
struct Spliced {
    from: Bytes,
    /// By the names of routes, under which name its connection managers ask for them now.
    asked: Vec<(String, Option<String>)>,
    bytes: Bytes,
    refused: Vec<String>,
}

impl Listeners {
    /// Puts chains in. What is as it was before is taken from there.
    pub(crate) fn new<'c>(
        listeners: &Snapshot,
        chain: impl Fn(&str) -> Option<&'c Chain>,
        before: Option<&Self>,
    ) -> Result<Self, Malformed> {
        let mut spliced = BTreeMap::new();
        for (name, from) in &listeners.resources {
            let same = before.and_then(|before| before.spliced.get(name));
            let one = match same.filter(|same| same.is(from, &chain)) {
                Some(same) => Arc::clone(same),
                None => Arc::new(Spliced::new(from, &chain)?),
            };
            spliced.insert(name.clone(), one);
        }
        let all = spliced.values().map(|one| one.bytes.clone());
        Ok(Self {
            version: listeners.version.clone(),
            all: all.collect(),
            spliced,
        })
    }

    pub(crate) fn refused(&self) -> impl Iterator<Item = &str> {
        let all = self.spliced.values().flat_map(|one| &one.refused);
        all.map(String::as_str)
    }
}

impl Spliced {
    fn new<'c>(from: &Bytes, chain: impl Fn(&str) -> Option<&'c Chain>) -> Result<Self, Malformed> {
        let asked = RefCell::new(vec![]);
        let spliced = splice::listener(from, |name| {
            let chain = chain(name);
            let now = chain.map(|chain| chain.route_config_name.clone());
            asked.borrow_mut().push((name.to_owned(), now));
            chain
        })?;
        Ok(Self {
            bytes: spliced.bytes.map_or_else(|| from.clone(), Bytes::from),
            refused: spliced.refused.iter().map(ToString::to_string).collect(),
            asked: asked.into_inner(),
            from: from.clone(),
        })
    }

    /// Whether it was made of the same. The name tells filters from others.
    fn is<'c>(&self, from: &Bytes, chain: impl Fn(&str) -> Option<&'c Chain>) -> bool {
        let same = |(name, before): &(String, Option<String>)| {
            let now = chain(name).map(|chain| chain.route_config_name.as_str());
            now == before.as_deref()
        };
        self.from == *from && self.asked.iter().all(same)
    }
}
