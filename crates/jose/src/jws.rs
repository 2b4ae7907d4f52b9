//! The compact serialisation (RFC 7515, 7.1), read strictly.

use crate::encoding;
use crate::error::{ParseError, Part};
use crate::header::Header;

/// What a token may cost before its signature is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    size: usize,
}

impl Limits {
    /// The largest size that can be asked for: 64 KiB.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// At most `size` bytes for the whole token; more than [`Self::MAX_SIZE`] means that.
    pub fn new(size: usize) -> Self {
        Self {
            size: size.min(Self::MAX_SIZE),
        }
    }

    /// The bytes that a token may have.
    pub const fn size(self) -> usize {
        self.size
    }
}

impl Default for Limits {
    /// 8 KiB: what fits into a header line of common servers.
    fn default() -> Self {
        Self { size: 8 * 1024 }
    }
}

/// A signed text, taken apart and not yet verified.
#[derive(Debug, Clone)]
pub struct Jws<'t> {
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
    signed: &'t [u8],
}

impl<'t> Jws<'t> {
    /// Takes a text apart. Everything that can be refused without a key is refused here.
    pub fn parse(text: &'t [u8], limits: Limits) -> Result<Self, ParseError> {
        if text.len() > limits.size {
            return Err(ParseError::TooLarge);
        }
        let (signed, header, payload, signature) = parts(text)?;
        let decode = |text, part| encoding::decode(text).ok_or(ParseError::Encoding(part));
        let header = decode(header, Part::Header)?;
        let payload = decode(payload, Part::Payload)?;
        let signature = decode(signature, Part::Signature)?;
        let header = Header::parse(&header)?;
        if signature.is_empty() {
            return Err(ParseError::Unsigned);
        }
        Ok(Self {
            header,
            payload,
            signature,
            signed,
        })
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload, decoded.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as it stands in the token, in base64url.
    pub fn encoded_payload(&self) -> &'t [u8] {
        let dot = self.signed.iter().position(|byte| *byte == b'.');
        let start = dot.unwrap_or_default().saturating_add(1);
        self.signed.get(start..).unwrap_or_default()
    }

    /// The signature, decoded. Never empty.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The bytes that the signature is over: header, dot and payload as they stand in the token.
    pub fn signed(&self) -> &'t [u8] {
        self.signed
    }
}

type Parts<'t> = (&'t [u8], &'t [u8], &'t [u8], &'t [u8]);

fn parts(text: &[u8]) -> Result<Parts<'_>, ParseError> {
    let mut parts = text.split(|byte| *byte == b'.');
    let [header, payload, signature] = [parts.next(), parts.next(), parts.next()];
    match (header, payload, signature, parts.count()) {
        (Some(header), Some(payload), Some(signature), 0) => {
            let end = text.len().saturating_sub(signature.len());
            let signed = text.get(..end.saturating_sub(1)).unwrap_or_default();
            Ok((signed, header, payload, signature))
        }
        (_, _, _, 2) => Err(ParseError::Encrypted),
        _ => Err(ParseError::NotCompact),
    }
}
