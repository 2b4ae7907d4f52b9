//! The reads of a phase, answered from a case's values.

use std::collections::BTreeMap;

use hachure_exchange::{Answer, Call, Fault, HeaderMap, Property, Source, UnixTime};

use super::world::{Called, World};
use crate::observed::ObservedCall;

/// What the phase is about; nothing in the background.
#[derive(Default)]
pub(super) struct Message<'a> {
    /// None where they have left, or where there is no message.
    pub(super) headers: Option<HeaderMap>,
    pub(super) address: Option<&'a str>,
    pub(super) details: &'a str,
    pub(super) state: Option<&'a BTreeMap<String, String>>,
}

pub(super) struct CaseSource<'a> {
    pub(super) message: Message<'a>,
    pub(super) world: &'a mut World,
    pub(super) called: &'a mut Called,
    pub(super) calls: &'a mut Vec<ObservedCall>,
}

impl Source for CaseSource<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        self.message.headers.clone().ok_or(Fault)
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let headers = self.message.headers.as_ref().ok_or(Fault)?;
        Ok(headers.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let message = &self.message;
        let value = match property {
            Property::Metadata => return Ok(Some(self.world.metadata.clone())),
            Property::SourceAddress => Some(message.address.unwrap_or("127.0.0.1:50000")),
            Property::ResponseCodeDetails => Some(message.details).filter(|d| !d.is_empty()),
            Property::FilterState(key) => {
                let state = message.state.and_then(|state| state.get(key));
                state.map(String::as_str)
            }
        };
        Ok(value.map(|v| v.as_bytes().to_vec()))
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(self.world.now)
    }

    fn shared(&mut self, key: &[u8]) -> Result<Option<(Vec<u8>, u32)>, Fault> {
        Ok(self.world.cells.get(key))
    }

    fn set_shared(&mut self, key: &[u8], value: &[u8], cas: u32) -> Result<bool, Fault> {
        Ok(self.world.cells.set(key, value, cas))
    }

    fn call(&mut self, tag: u16, call: &Call<'_>) {
        if !call.is_sound() {
            return self.called.push_back((tag, Answer::Failed));
        }
        let (observed, answer) = self.world.call(call);
        self.calls.push(observed);
        self.called.push_back((tag, answer));
    }

    fn random(&mut self) -> Result<u64, Fault> {
        Ok(0)
    }
}
