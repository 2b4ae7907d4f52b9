//! Where a case is run: an Envoy with its filter, an upstream behind that, and what can be told of
//! an exchange.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use hachure_casefile::Message;

use super::CaseFile;
use super::clock::Clock;
use super::upstreams::Upstreams;
use crate::{Client, Received, Upstream};

/// What only Envoy knows of an exchange.
pub(super) struct Told {
    /// How the response came about (`%RESPONSE_CODE_DETAILS%`).
    pub(super) details: String,
    /// The filter state, where it can be seen.
    pub(super) state: Option<BTreeMap<String, String>>,
}

/// An Envoy that serves cases of one filter.
pub(super) trait Place {
    /// Where the requests of a case go, of which some are answered by Envoy with that status.
    fn client(
        &self,
        file: &CaseFile,
        local: Option<u16>,
        source: SocketAddr,
    ) -> Result<Client, String>;

    /// A request as it is sent there.
    fn request(&self, file: &CaseFile, local: Option<u16>, request: Message) -> Message {
        let _ = (file, local);
        request
    }

    /// What is told of the exchange whose response that is; what was only for telling is taken out.
    fn told(&mut self, received: &mut Received) -> Result<Told, String>;

    /// Every counter of ours.
    fn counters(&self) -> Result<BTreeMap<String, u64>, String>;

    /// Whether a config was refused, in those words.
    fn refused(&self, file: &CaseFile, expected: &str) -> Result<(), String>;

    /// What came up since the last case that should not have, a line each.
    fn complaints(&mut self) -> Vec<String> {
        vec![]
    }

    /// What all routes lead to.
    fn upstream(&self) -> &Upstream;

    /// Those of the filters' own.
    fn upstreams(&self) -> &Upstreams;

    fn clock(&self) -> Option<&Clock>;

    /// Whether filters may work in the background.
    fn timers(&self) -> bool;
}

/// The counters of ours among `<name>: <value>` or pairs, by our own names: Envoy puts a namespace
/// before them.
pub(super) fn own_counters(
    stats: impl IntoIterator<Item = (String, u64)>,
) -> BTreeMap<String, u64> {
    let own = |name: String| name.trim_start_matches("wasmcustom.").to_owned();
    stats
        .into_iter()
        .map(|(name, count)| (own(name), count))
        .collect()
}
