//! Asking Envoy whether it takes a config.

use crate::{Binary, Bootstrap, Error};

use super::{Options, write};

/// Has Envoy load the config, filters and all, without serving it.
pub fn validate(binary: &Binary, bootstrap: &Bootstrap, options: &Options) -> Result<(), Error> {
    let config = bootstrap.to_json(binary.version());
    write(&options.config(), &format!("{config:#}\n"))?;
    let mut command = options.command(binary)?;
    let status = command
        .args(["--mode", "validate"])
        .status()
        .map_err(|why| Error::NoEnvoy {
            path: binary.path().to_path_buf(),
            why: why.to_string(),
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(options.log().why_it_ended(status))
    }
}
