//! A bare Wasm machine, as Node and a component are, has no randomness, and the libraries that could
//! sign with it do not build without a source. Checking a signature asks for none.

use getrandom::{Error, register_custom_getrandom};

register_custom_getrandom!(refuse);

fn refuse(_: &mut [u8]) -> Result<(), Error> {
    Err(Error::UNSUPPORTED)
}
