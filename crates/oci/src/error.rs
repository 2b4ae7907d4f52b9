//! What can go wrong with an image.

/// Why an image is not had or not put somewhere.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not what was asked for, or nothing that can be used; asking again gives the same.
    #[error("{0}")]
    Wrong(String),
    /// The registry did not give it, or did not take it. It may later.
    #[error("{0}")]
    Registry(String),
    /// Credentials or certificates cannot be used.
    #[error("{0}")]
    Access(String),
    /// A file.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
}

impl Error {
    /// What the client of registries says, with what lies behind it.
    pub(crate) fn of_client(error: &oci_client::errors::OciDistributionError) -> Self {
        use oci_client::errors::{DigestError, OciDistributionError as Client};
        let text = with_causes(error);
        match error {
            Client::DigestError(DigestError::VerificationError { .. })
            | Client::ManifestParsingError(_)
            | Client::VersionedParsingError(_)
            | Client::UnsupportedMediaTypeError(_)
            | Client::UnsupportedSchemaVersionError(_) => Self::Wrong(text),
            // Registries answer it in several forms, some of them long.
            Client::ServerError {
                code: 401 | 403,
                url,
                ..
            } => Self::Registry(format!("not authorized: url {url}")),
            _ => Self::Registry(text),
        }
    }
}

/// An error and its causes on one line, each said once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(now) = cause {
        let next = now.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = now.source();
    }
    text.replace(['\n', '\r'], " ")
}
