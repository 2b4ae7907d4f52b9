//! `Listener{filter_chains=3, default_filter_chain=25}`, down to its connection managers.

use crate::splice::Refused;
use crate::splice::manager::{Chain, insert, route_config_name};
use crate::types;
use crate::wire::{self, Edit, Malformed};

const FILTER_CHAINS: u32 = 3;
const DEFAULT_FILTER_CHAIN: u32 = 25;
/// `FilterChain{filters=3}`.
const FILTERS: u32 = 3;
/// `Filter{typed_config=4}`, an `Any{type_url=1, value=2}`.
const TYPED_CONFIG: u32 = 4;
const TYPE_URL: u32 = 1;
const VALUE: u32 = 2;

/// A listener with filters in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listener {
    /// Its bytes; none where nothing changed.
    pub bytes: Option<Vec<u8>>,
    /// The connection managers that stayed as they were, though they should have changed.
    pub refused: Vec<Refused>,
}

/// Puts chains into the connection managers of a listener that ask for their routes by name:
/// `chain` finds the chain for the name of a route configuration.
pub fn listener<'c>(
    listener: &[u8],
    chain: impl Fn(&str) -> Option<&'c Chain>,
) -> Result<Listener, Malformed> {
    let mut refused = vec![];
    let bytes = within(
        listener,
        &[FILTER_CHAINS, DEFAULT_FILTER_CHAIN],
        &mut |at| {
            within(at, &[FILTERS], &mut |filter| {
                within(filter, &[TYPED_CONFIG], &mut |config| {
                    if wire::text(config, TYPE_URL)? != types::HTTP_CONNECTION_MANAGER {
                        return Ok(None);
                    }
                    within(config, &[VALUE], &mut |manager| {
                        let name = route_config_name(manager)?;
                        let Some(chain) = name.and_then(&chain) else {
                            return Ok(None);
                        };
                        match insert(manager, chain) {
                            Ok(manager) => Ok(Some(manager)),
                            Err(Refused::Malformed(why)) => Err(why),
                            Err(why) => {
                                refused.push(why);
                                Ok(None)
                            }
                        }
                    })
                })
            })
        },
    )?;
    Ok(Listener { bytes, refused })
}

/// The new content of a message; none where it stays.
type Changed = Result<Option<Vec<u8>>, Malformed>;

/// Changes the content of the fields with these numbers.
fn within(message: &[u8], numbers: &[u32], change: &mut dyn FnMut(&[u8]) -> Changed) -> Changed {
    wire::edit(message, |field| {
        if !numbers.contains(&field.number) {
            return Ok(Edit::Keep);
        }
        let content = change(field.bytes()?)?;
        Ok(content.map_or(Edit::Keep, Edit::Replace))
    })
}
