//! What rules change: headers or query parameters, through the same few steps.

mod headers;
mod query;

use std::borrow::Cow;

use crate::unfit::Unfit;
use crate::variable::Variable;

pub(crate) use headers::Headers;
pub(crate) use query::Query;

/// Named values. Values pass as they are on the wire.
pub(crate) trait Fields {
    /// Appends the value of a variable to `out`; false where there is none.
    fn read(&mut self, variable: &Variable, out: &mut Vec<u8>) -> bool;

    /// Whether the name is there.
    fn has(&mut self, name: &str) -> bool;

    /// All values of the name, in order.
    fn values(&mut self, name: &str) -> Vec<Vec<u8>>;

    /// Every name.
    fn names(&mut self) -> Vec<String>;

    /// What to say where the name is missing.
    fn missing(&self, name: &str) -> Unfit;

    /// Whether the name stays whatever `removeMatching` says.
    fn protects(&self, name: &str, allow_unsafe: bool) -> bool;

    /// Makes the value the only one of the name.
    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit>;

    /// Gives the name these values and no others. None of them is written unless all may be.
    fn put(&mut self, name: &str, values: &[Vec<u8>]) -> Result<(), Unfit>;

    /// Adds a value after those there are.
    fn add(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit>;

    /// Removes every value of the name.
    fn remove(&mut self, name: &str);

    /// Between the elements of a list.
    fn separator(&self) -> &'static [u8];

    /// A text as it stands on the wire.
    fn encode<'t>(&self, text: Cow<'t, [u8]>) -> Cow<'t, [u8]>;

    /// What stands on the wire as text.
    fn decode(&self, value: &[u8]) -> Vec<u8>;
}
