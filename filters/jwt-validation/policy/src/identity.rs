//! What a good token says about who sends the request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hachure_exchange::{Consumer, Exchange, Reason, STATE_CLAIMS};
use hachure_jose::{ClaimPath, Claims, Token};
use serde_json::Value;

use crate::config::ClaimEncoding;
use crate::reasons;

/// What is told of a provider's tokens, and to whom.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) headers: Vec<ClaimHeader>,
    pub(crate) payload_header: Option<String>,
    pub(crate) publish: bool,
    pub(crate) name: Option<ClaimPath>,
    pub(crate) id: Option<ClaimPath>,
    pub(crate) labels: Vec<(String, ClaimPath)>,
    pub(crate) name_header: Option<String>,
    pub(crate) id_header: Option<String>,
}

/// A claim that the upstream gets as a header.
#[derive(Debug)]
pub(crate) struct ClaimHeader {
    pub(crate) claim: ClaimPath,
    pub(crate) header: String,
    pub(crate) encoding: ClaimEncoding,
}

/// What a token says, ready to be told as often as it comes back.
#[derive(Debug, Default)]
pub(crate) struct Told {
    headers: Vec<(String, Vec<u8>)>,
    consumer: Option<Consumer>,
    claims: Option<Vec<u8>>,
}

impl Told {
    /// Tells the upstream, later filters and access logs.
    pub(crate) fn tell(&self, x: &mut Exchange<'_>) {
        for (name, value) in &self.headers {
            // Names were compiled, values checked when this was made.
            let _ = x.set(name, value);
        }
        if let Some(consumer) = &self.consumer {
            consumer.establish(x);
        }
        if let Some(claims) = &self.claims {
            x.set_state(STATE_CLAIMS, claims);
        }
    }

    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        let headers = self
            .headers
            .iter()
            .map(|(n, v)| n.len().saturating_add(v.len()));
        let consumer = self.consumer.as_ref().map_or(0, Consumer::size);
        let claims = self.claims.as_ref().map_or(0, Vec::len);
        headers.fold(consumer.saturating_add(claims), usize::saturating_add)
    }
}

impl Identity {
    /// Reads a verified token. What cannot be told as it is refuses the request: an upstream that
    /// gets no name would take the request for nobody's.
    pub(crate) fn of(&self, token: &Token<'_>) -> Result<Told, &'static Reason> {
        let claims = token.claims();
        let mut told = Told::default();
        for header in &self.headers {
            if let Some(value) = header.value(claims)? {
                told.headers.push((header.header.clone(), value));
            }
        }
        if let Some(name) = &self.payload_header {
            let payload = token.jws().encoded_payload();
            told.headers.push((name.clone(), payload.to_vec()));
        }
        told.consumer = self.consumer(claims)?;
        if let Some(consumer) = &told.consumer {
            let headers = [
                (&self.name_header, Some(consumer.name().to_vec())),
                (
                    &self.id_header,
                    self.id.as_ref().and_then(|path| value(claims, path)),
                ),
            ];
            for (name, value) in headers {
                if let (Some(name), Some(value)) = (name, value) {
                    told.headers.push((name.clone(), plain(value)?));
                }
            }
        }
        told.claims = self.publish.then(|| token.jws().payload().to_vec());
        Ok(told)
    }

    fn consumer(&self, claims: &Claims) -> Result<Option<Consumer>, &'static Reason> {
        let Some(name) = self.name.as_ref().and_then(|path| value(claims, path)) else {
            return Ok(None);
        };
        let mut consumer = Consumer::new(name).ok_or(&reasons::UNSENDABLE)?;
        if let Some(id) = self.id.as_ref().and_then(|path| value(claims, path)) {
            consumer = consumer.id(id).ok_or(&reasons::UNSENDABLE)?;
        }
        for (name, path) in &self.labels {
            if let Some(value) = value(claims, path) {
                consumer = consumer.label(name, &value);
            }
        }
        Ok(Some(consumer))
    }
}

impl ClaimHeader {
    fn value(&self, claims: &Claims) -> Result<Option<Vec<u8>>, &'static Reason> {
        let Some(value) = value(claims, &self.claim) else {
            return Ok(None);
        };
        match self.encoding {
            ClaimEncoding::Plain => plain(value).map(Some),
            ClaimEncoding::Base64url => Ok(Some(URL_SAFE_NO_PAD.encode(value).into_bytes())),
        }
    }
}

/// The value of a header without blanks around it, in printable ASCII: everything else is read
/// differently by different servers, or splits the message.
fn plain(value: Vec<u8>) -> Result<Vec<u8>, &'static Reason> {
    let is_printable = |b: &u8| matches!(b, b' '..=b'~');
    match value.iter().all(is_printable) && value.trim_ascii().len() == value.len() {
        true => Ok(value),
        false => Err(&reasons::UNSENDABLE),
    }
}

/// A claim as text: what is no text as JSON. `null` is as good as not there, and so is nothing.
fn value(claims: &Claims, path: &ClaimPath) -> Option<Vec<u8>> {
    let text = match claims.at(path)? {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (!text.is_empty()).then(|| text.into_bytes())
}
