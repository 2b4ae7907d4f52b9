//! A phase's reads passed on to the exchange around it, and remembered.

use hachure_exchange::{Exchange, Fault, HeaderMap, Property, Source, UnixTime};

use crate::call::{Facts, latin1};

/// Answers from `outer`. What headers say is asked for in any case; of the facts only what the
/// policy asked for.
pub(crate) struct Relay<'x, 'a> {
    outer: &'x mut Exchange<'a>,
    facts: Facts,
}

impl<'x, 'a> Relay<'x, 'a> {
    pub(crate) fn new(outer: &'x mut Exchange<'a>) -> Self {
        let facts = Facts {
            now: outer.now().0.to_string(),
            ..Facts::default()
        };
        Self { outer, facts }
    }

    pub(crate) fn into_facts(self) -> Facts {
        self.facts
    }
}

impl Source for Relay<'_, '_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.outer.headers().clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.outer.headers().values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.outer.property(property);
        let text = value.as_deref().map(latin1);
        match property {
            Property::SourceAddress => self.facts.source_address = text,
            Property::ResponseCodeDetails => self.facts.response_code_details = text,
            Property::Metadata => {}
            Property::FilterState(key) => {
                let known = self.facts.filter_state.iter().any(|(name, _)| name == key);
                if let Some(text) = text.filter(|_| !known) {
                    self.facts.filter_state.push((key.to_owned(), text));
                }
            }
        }
        Ok(value)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(self.outer.now())
    }
}
