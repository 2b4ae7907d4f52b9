//! What a policy may read and ask for that wants more than the headers of a phase.

use hachure_exchange::{Call, Fault, HeaderMap, Property, SignatureCheck, Source, UnixTime};

use crate::source::HostSource;
use crate::{abi, signature};

/// Makes the calls of a phase, for whoever waits for the answers.
pub(crate) trait Caller {
    /// Makes a call; it sees to it that one which cannot be dispatched has failed.
    fn call(&mut self, tag: u16, call: &Call<'_>);
}

/// [`HostSource`] and everything that [`hachure_exchange::Capabilities`] may ask for. Policies that
/// ask for nothing have none of this in their modules.
pub(crate) struct FullSource<'a> {
    pub(crate) headers: HostSource,
    /// Whether the host's crypto passed its test.
    pub(crate) crypto: bool,
    pub(crate) caller: &'a mut dyn Caller,
}

impl Source for FullSource<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        self.headers.headers()
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.headers.first_value(name)
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        self.headers.property(property)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        self.headers.now()
    }

    fn shared(&mut self, key: &[u8]) -> Result<Option<(Vec<u8>, u32)>, Fault> {
        abi::shared_data(key).map_err(|_| Fault)
    }

    fn set_shared(&mut self, key: &[u8], value: &[u8], cas: u32) -> Result<bool, Fault> {
        abi::set_shared_data(key, value, cas).map_err(|_| Fault)
    }

    fn verify_signature(&mut self, check: &SignatureCheck<'_>) -> Option<bool> {
        self.crypto.then(|| signature::verify(check)).flatten()
    }

    fn call(&mut self, tag: u16, call: &Call<'_>) {
        self.caller.call(tag, call);
    }

    fn random(&mut self) -> Result<u64, Fault> {
        let bytes = abi::random().map_err(|_| Fault)?;
        let half = bytes.first_chunk().copied();
        half.map(u64::from_be_bytes).ok_or(Fault)
    }
}
