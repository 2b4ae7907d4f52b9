//! Files as they were given.

use std::fs;
use std::io::{ErrorKind, Read};

use hachure_yaml::Document;

/// A file's name and its text.
pub(crate) struct Input {
    /// As it was given; messages begin with it.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Input {
    /// Reads a file, or standard input for `-`. The error is one line without the name.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        let bytes = bytes(name)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            format!(
                "this is no text: byte {} is not UTF-8",
                error.utf8_error().valid_up_to()
            )
        })?;
        Ok(Self {
            name: name.to_owned(),
            text,
        })
    }

    /// The documents in the text.
    pub(crate) fn documents(&self) -> Result<Vec<Document>, hachure_yaml::Error> {
        hachure_yaml::parse_all(&self.text)
    }
}

/// The bytes of a file, or of standard input for `-`. The error is one line without the name.
pub(crate) fn bytes(name: &str) -> Result<Vec<u8>, String> {
    let read = if name == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    } else {
        fs::read(name)
    };
    read.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "this is a folder: name the files in it".to_owned(),
        ErrorKind::PermissionDenied => "it may not be read: permission denied".to_owned(),
        _ => format!("it cannot be read: {error}"),
    })
}
