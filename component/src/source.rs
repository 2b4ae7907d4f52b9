//! What the caller says, as the reads of a phase.

use hachure_exchange::{Fault, HeaderMap, Property, Source, UnixTime};

use crate::bindings::exports::hachure::policy::evaluation::{Facts, Header};

pub(crate) struct Told {
    headers: HeaderMap,
    facts: Facts,
}

impl Told {
    pub(crate) fn new(headers: Vec<Header>, facts: Facts) -> Self {
        Self {
            headers: headers.into_iter().collect(),
            facts,
        }
    }
}

impl Source for Told {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.headers.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.headers.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let text = |fact: &Option<String>| fact.as_ref().map(|text| text.as_bytes().to_vec());
        Ok(match property {
            Property::SourceAddress => text(&self.facts.source_address),
            Property::ResponseCodeDetails => text(&self.facts.response_code_details),
            // A caller of the component has no Envoy whose filters could have told any.
            Property::Metadata => None,
            Property::FilterState(key) => {
                let mut state = self.facts.filter_state.iter();
                state
                    .find(|(name, _)| name == key)
                    .map(|(_, value)| value.clone())
            }
        })
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(UnixTime(self.facts.now))
    }
}
