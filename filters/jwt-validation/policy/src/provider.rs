//! A provider, compiled.

use hachure_exchange::Counter;
use hachure_jose::AllowList;

use crate::authorize::{Authorize, Revoked};
use crate::extract::Place;
use crate::identity::Identity;
use crate::keys::Keys;

/// Someone who issues tokens, and what is asked of them.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    /// One of them must be the token's; none where any will do.
    pub(crate) audiences: Option<Vec<String>>,
    pub(crate) algorithms: AllowList,
    pub(crate) keys: Keys,
    pub(crate) places: Vec<Place>,
    pub(crate) times: Times,
    pub(crate) kind: Option<String>,
    pub(crate) authorize: Authorize,
    pub(crate) revoked: Revoked,
    pub(crate) identity: Identity,
    pub(crate) forward: bool,
    /// Requests that passed with a token of it.
    pub(crate) accepted: Counter,
    /// Signatures that were checked for it: the others were remembered.
    pub(crate) checked: Counter,
}

/// What is asked of a token's times, in whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) skew: u64,
    pub(crate) require_expiration: bool,
    pub(crate) max_lifetime: Option<u64>,
}
