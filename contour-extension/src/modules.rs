//! The modules of filters: those of the catalogue, which the add-on carries, and those that policies
//! name and that are fetched for them.

mod catalogue;
mod check;
mod fetch;
mod keeper;
mod module;
mod objects;
mod shelf;
mod source;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use catalogue::Catalogue;
pub use keeper::{Keeper, Known, Wanted};
pub use module::{Config, Module};
pub use shelf::{Code, Shelf, url};
pub use source::{AllowedCode, Source};
pub use store::Store;

/// What is known of modules at one moment.
#[derive(Debug, Clone, Default)]
pub struct Modules {
    /// Those of the catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Those that policies ask for.
    pub fetched: BTreeMap<Source, State>,
}

/// What is known of a module that is fetched.
#[derive(Debug, Clone)]
pub enum State {
    /// It is there.
    Had(Arc<Module>),
    /// It is not there yet; why, where something has gone wrong.
    Waited(Option<Trouble>),
    /// It is not there, and its routes do not wait for it any longer.
    Missing(Trouble),
}

/// Why a module is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// In one word.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// The same would come again: nothing is waited for.
    pub refused: bool,
}

impl Trouble {
    /// What will not change by itself.
    pub fn refused(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            refused: true,
        }
    }

    /// What may change.
    pub fn passing(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            refused: false,
            ..Self::refused(reason, message)
        }
    }
}

impl Modules {
    /// What is known of a module that is fetched.
    pub fn state(&self, source: &Source) -> State {
        let known = self.fetched.get(source).cloned();
        known.unwrap_or(State::Waited(None))
    }
}
