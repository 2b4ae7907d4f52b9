//! What works as written, and rarely does what was meant.

mod chosen_key;
mod native_auth;
mod preflight;
mod reselection;

pub(crate) use native_auth::guards_by;

use crate::finding::Finding;
use crate::validate::found::Found;

/// All warnings about what was found.
pub(super) fn all(found: &Found<'_>) -> Vec<Finding> {
    [
        preflight::check(found),
        reselection::check(found),
        native_auth::check(found),
        chosen_key::check(found),
    ]
    .concat()
}
