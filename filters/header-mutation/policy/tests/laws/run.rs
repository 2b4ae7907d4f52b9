//! A policy over values, without a host.

use hachure_exchange::{
    Effect, Effects, Exchange, Fault, HeaderMap, Metrics, Outcome, Policy, Property, STATE_CLAIMS,
    STATE_CONSUMER_LABELS, Setup, Source, UnixTime,
};
use hachure_header_mutation_policy::{Captured, HeaderMutation};
use serde_json::{Value, json};

/// The policy of a config, where there is one.
pub(crate) fn compile(config: &Value) -> Option<HeaderMutation> {
    let mut metrics = Metrics::new(HeaderMutation::NAME);
    let config = hachure_config::from_slice(config.to_string().as_bytes()).ok()?;
    HeaderMutation::compile(
        config,
        Setup {
            metrics: &mut metrics,
            plugin: "test",
            seed: [0; 16],
        },
    )
    .ok()
}

/// The request as rules left it; none where they refused it.
pub(crate) fn request(policy: &HeaderMutation, headers: &HeaderMap) -> Option<HeaderMap> {
    told(policy, headers, HOSTILE.as_bytes())
}

/// The same where an earlier filter told that: as the consumer's name and identifier, and as the
/// claim `c` where it is text.
pub(crate) fn told(policy: &HeaderMutation, headers: &HeaderMap, tell: &[u8]) -> Option<HeaderMap> {
    let mut captured = Captured::default();
    phase(headers, tell, |x| policy.request_headers(&mut captured, x))
}

/// What a filter could tell that splits a message.
const HOSTILE: &str = "a\r\nx-admin: Zo\u{eb}\0";

/// The request and the response as rules left them.
pub(crate) fn both(
    policy: &HeaderMutation,
    request: &HeaderMap,
    response: &HeaderMap,
) -> (Option<HeaderMap>, Option<HeaderMap>) {
    let mut captured = Captured::default();
    let tell = HOSTILE.as_bytes();
    let request = phase(request, tell, |x| policy.request_headers(&mut captured, x));
    let response = phase(response, tell, |x| {
        policy.response_headers(&mut captured, x)
    });
    (request, response)
}

fn phase(
    headers: &HeaderMap,
    tell: &[u8],
    decide: impl FnOnce(&mut Exchange<'_>) -> Outcome,
) -> Option<HeaderMap> {
    let mut source = Fixed {
        headers: headers.clone(),
        told: tell.to_vec(),
    };
    let mut effects = Effects::new();
    let outcome = decide(&mut Exchange::new(&mut source, &mut effects, true));
    for effect in effects.iter() {
        if let Effect::Header { name, value, .. } = effect {
            let split = |b: &u8| matches!(b, b'\r' | b'\n' | 0);
            assert!(!value.iter().chain(name.as_bytes()).any(split));
        }
    }
    let mut after = headers.clone();
    effects.apply_to(&mut after);
    matches!(outcome, Outcome::Continue).then_some(after)
}

struct Fixed {
    headers: HeaderMap,
    told: Vec<u8>,
}

impl Source for Fixed {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.headers.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.headers.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(match property {
            Property::SourceAddress => Some(b"192.0.2.7:4711".to_vec()),
            Property::ResponseCodeDetails => Some(b"via_upstream".to_vec()),
            Property::FilterState(STATE_CLAIMS) => {
                let text = String::from_utf8_lossy(&self.told);
                let claims = json!({"c": text, "d": [text]});
                Some(claims.to_string().into_bytes())
            }
            Property::FilterState(STATE_CONSUMER_LABELS) => Some(b"plan=%0D%0A%FF".to_vec()),
            // Whatever it is, it is read as a message.
            Property::FilterState(_) | Property::Metadata => Some(self.told.clone()),
        })
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(UnixTime::from_seconds(1_769_817_600))
    }
}
