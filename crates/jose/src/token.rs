//! A JSON Web Token: a signed text whose payload is claims (RFC 7519).

use crate::claims::Claims;
use crate::error::ParseError;
use crate::header::Header;
use crate::jws::{Jws, Limits};

/// A token, read and not yet verified.
#[derive(Debug, Clone)]
pub struct Token<'t> {
    jws: Jws<'t>,
    claims: Claims,
}

impl<'t> Token<'t> {
    /// Reads a token. What comes back is well-formed and still nobody's word: see
    /// [`verify`](crate::verify()).
    pub fn parse(text: &'t [u8], limits: Limits) -> Result<Self, ParseError> {
        let jws = Jws::parse(text, limits)?;
        let claims = Claims::parse(jws.payload())?;
        Ok(Self { jws, claims })
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        self.jws.header()
    }

    /// What the payload says.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The token as a signed text.
    pub fn jws(&self) -> &Jws<'t> {
        &self.jws
    }

    /// The claims alone.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}
