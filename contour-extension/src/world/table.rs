//! Contour's route configurations, read.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::splice::{Choice, Host, Owner, choices, hosts};
use crate::wire::Malformed;
use crate::xds::contour::Snapshot;

/// All route configurations by the names that Contour gave them.
#[derive(Debug, Clone, Default)]
pub struct Table(BTreeMap<String, Arc<Config>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Config {
    /// As Contour wrote it.
    pub(crate) bytes: Bytes,
    pub(crate) hosts: Vec<Host>,
    /// Read when someone asks.
    choices: OnceLock<Result<Vec<Vec<Choice>>, Malformed>>,
}

impl Config {
    /// By what the routes of each virtual host are chosen.
    pub(crate) fn choices(&self) -> Result<&[Vec<Choice>], Malformed> {
        let choices = self.choices.get_or_init(|| choices(&self.bytes));
        choices.as_deref().map_err(|why| *why)
    }
}

impl Table {
    /// Reads what has changed since the table before.
    ///
    /// # Errors
    /// Contour said something that is no message.
    pub fn read(routes: &Snapshot, before: Option<&Self>) -> Result<Self, Malformed> {
        let mut table = BTreeMap::new();
        for (name, bytes) in &routes.resources {
            let same = before.and_then(|before| before.0.get(name));
            let config = match same.filter(|same| same.bytes == *bytes) {
                Some(same) => Arc::clone(same),
                None => Arc::new(Config {
                    hosts: hosts(bytes)?,
                    bytes: bytes.clone(),
                    choices: OnceLock::new(),
                }),
            };
            table.insert(name.clone(), config);
        }
        Ok(Self(table))
    }

    /// Whether Contour has routes of an object.
    pub fn mentions(&self, owner: &Owner) -> bool {
        let hosts = self.0.values().flat_map(|config| &config.hosts);
        let mut routes = hosts.flat_map(|host| &host.routes);
        routes.any(|route| route.owner.as_deref() == Some(owner))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Arc<Config>)> {
        self.0.iter()
    }
}
