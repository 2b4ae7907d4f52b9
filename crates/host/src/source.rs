//! What a policy may read, answered by Envoy.

use hachure_exchange::{Fault, HeaderMap, Property, Source, UnixTime};

use crate::abi::{self, Map};

/// Reads of one phase of one stream.
pub(crate) struct HostSource {
    pub(crate) map: Map,
}

impl Source for HostSource {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        let pairs = abi::header_pairs(self.map).map_err(|_| Fault)?;
        if pairs.is_empty() {
            // Envoy answers so where the phase has no such map. A message has headers.
            return Err(Fault);
        }
        HeaderMap::from_serialized(pairs).map_err(|_| Fault)
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        abi::header_value(self.map, name).map_err(|_| Fault)
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let value = match property {
            Property::SourceAddress => abi::property("source\0address"),
            Property::ResponseCodeDetails => abi::property("response\0code_details"),
            // Set as `<key>`, stored by Envoy as `wasm.<key>`, read back under `<key>`.
            Property::FilterState(key) => abi::property(key),
            Property::Metadata => abi::property("metadata"),
        };
        value.map_err(|_| Fault)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        abi::current_time().map(UnixTime).map_err(|_| Fault)
    }
}
