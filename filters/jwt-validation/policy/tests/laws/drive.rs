//! Runs requests through the policy.

use hachure_exchange::{
    AnyPolicy, Effect, Effects, Exchange, Fault, HeaderMap, Outcome, Phase, Property, Source,
    UnixTime, compile_erased,
};
use hachure_jwt_validation_policy::JwtValidation;
use hachure_testtoken::{ISSUED, key_set, token};
use serde_json::{Value, json};

/// Headers in order.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The status of a refusal; none where the upstream gets the request.
    pub(crate) refused: Option<u16>,
    /// What the upstream gets, or would.
    pub(crate) upstream: Headers,
    /// Filter state.
    pub(crate) state: Vec<(&'static str, Vec<u8>)>,
}

impl Seen {
    pub(crate) fn state(&self, key: &str) -> Option<&[u8]> {
        let mut found = self.state.iter().filter(|(k, _)| *k == key);
        found.next().map(|(_, value)| value.as_slice())
    }
}

/// A configured policy.
pub(crate) struct Filter(Box<dyn AnyPolicy>);

impl Filter {
    pub(crate) fn new(config: &Value) -> Self {
        Self(compile_erased::<JwtValidation>(config.to_string().as_bytes()).unwrap())
    }

    /// Sends a request so many seconds after the tokens were issued.
    pub(crate) fn send(&self, after: u64, request: &[(String, Vec<u8>)]) -> Seen {
        let mut headers: HeaderMap = request.iter().map(|(n, v)| (n, v)).collect();
        let mut source = Given {
            headers: &headers.clone(),
            now: UnixTime::from_seconds(ISSUED + after),
        };
        let mut effects = Effects::new();
        let mut stream = self.0.stream();
        let mut x = Exchange::new(&mut source, &mut effects, true);
        let refused = match self.0.run(Phase::RequestHeaders, &mut stream, &mut x) {
            Outcome::Continue => None,
            Outcome::Reply(reply) => Some(reply.status()),
            Outcome::Wait | Outcome::WaitUntil(_) => panic!("its keys are in the config"),
        };
        effects.apply_to(&mut headers);
        let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
        let state = effects.iter().filter_map(|effect| match effect {
            Effect::State { key, value } => Some((key, value.to_vec())),
            _ => None,
        });
        Seen {
            refused,
            state: state.collect(),
            upstream: headers.iter().map(|(n, v)| (text(n), v.to_vec())).collect(),
        }
    }
}

struct Given<'a> {
    headers: &'a HeaderMap,
    now: UnixTime,
}

impl Source for Given<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.headers.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let values: Vec<_> = self.headers.values(name).collect();
        Ok((!values.is_empty()).then(|| values.join(&b","[..])))
    }

    fn property(&mut self, _: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(self.now)
    }
}

/// One provider with keys of every kind, and headers of its own.
pub(crate) fn config(changes: &Value) -> Value {
    let keys = key_set(&json!(["rsa", "ec", "ed"])).unwrap();
    let mut config = json!({
        "providers": [{
            "name": "main",
            "issuer": "https://issuer.example",
            "audiences": ["https://api.example.com"],
            "keys": {"inline": keys},
            "from": [
                {"header": {"name": "authorization"}},
                {"cookie": {"name": "token"}},
                {"query": {"name": "access_token"}},
            ],
            "claimsToHeaders": [{"claim": "sub", "header": "x-user-id"}],
            "payloadHeader": "x-payload",
            "consumer": {"header": "x-consumer", "idHeader": "x-consumer-id", "id": "sub"},
        }],
    });
    for (member, value) in changes.as_object().unwrap() {
        config[member] = value.clone();
    }
    config
}

/// A token that is good for an hour.
pub(crate) fn good(key: &str) -> String {
    token(&json!({"key": key})).unwrap()
}

pub(crate) fn get(headers: &[(&str, Vec<u8>)]) -> Headers {
    let base = [
        (":method", b"GET".to_vec()),
        (":path", b"/orders".to_vec()),
        (":authority", b"api.example.com".to_vec()),
    ];
    let all = base.into_iter().chain(headers.iter().cloned());
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn bearer(token: &[u8]) -> Headers {
    get(&[("authorization", [b"Bearer ", token].concat())])
}
