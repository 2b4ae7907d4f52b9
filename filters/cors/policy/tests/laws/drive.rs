//! Runs one exchange through the policy.

use hachure_cors_policy::Cors;
use hachure_exchange::{
    AnyPolicy, Effects, Exchange, Fault, HeaderMap, Outcome, Phase, Property, Source, UnixTime,
    compile_erased,
};
use proptest::prelude::*;
use serde_json::Value;

/// Headers in order.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// What the client gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchanged {
    pub(crate) replied: bool,
    pub(crate) headers: Headers,
}

impl Exchanged {
    pub(crate) fn values(&self, name: &str) -> Vec<Vec<u8>> {
        values(&self.headers, name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.values(name)
            .pop()
            .map(|value| String::from_utf8(value).unwrap())
    }
}

pub(crate) fn values(headers: &[(String, Vec<u8>)], name: &str) -> Vec<Vec<u8>> {
    headers
        .iter()
        .filter(|(n, _)| n == name)
        .map(|(_, value)| value.clone())
        .collect()
}

/// The names of a list header, in lower case.
pub(crate) fn names(value: &[u8]) -> Vec<Vec<u8>> {
    let names = value.split(|b| *b == b',');
    names
        .map(|name| name.trim_ascii().to_ascii_lowercase())
        .collect()
}

pub(crate) fn get(origin: &[u8]) -> Headers {
    vec![
        (":method".into(), b"GET".to_vec()),
        ("origin".into(), origin.to_vec()),
    ]
}

pub(crate) fn preflight(origin: &str, method: &str, headers: &[String]) -> Headers {
    vec![
        (":method".into(), b"OPTIONS".to_vec()),
        ("origin".into(), origin.into()),
        ("access-control-request-method".into(), method.into()),
        (
            "access-control-request-headers".into(),
            headers.join(",").into(),
        ),
    ]
}

/// Any headers, among them often those that decide.
pub(crate) fn headers() -> impl Strategy<Value = Headers> {
    let name = prop_oneof![
        Just(":method".to_owned()),
        Just("origin".to_owned()),
        Just("vary".to_owned()),
        "access-control-(request-(method|headers|private-network)|allow-(origin|credentials))",
        "[a-z]{1,4}",
    ];
    let value = prop_oneof![
        Just(b"OPTIONS".to_vec()),
        Just(b"true".to_vec()),
        Just(b"https://app.example.com".to_vec()),
        Just(b"HTTPS://app.example.com".to_vec()),
        Just(b"null".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec((name, value), 0..8)
}

/// The request goes to an upstream that answers with the headers `response`.
pub(crate) fn exchange(
    config: &Value,
    request: &[(String, Vec<u8>)],
    response: &[(String, Vec<u8>)],
) -> Exchanged {
    let policy = compile_erased::<Cors>(config.to_string().as_bytes()).unwrap();
    let mut stream = policy.stream();
    let mut phase = |phase, headers: &HeaderMap| run(&*policy, phase, &mut stream, headers);
    let request = request.iter().map(|(n, v)| (n, v)).collect();
    let response = response.iter().map(|(n, v)| (n, v)).collect();
    let (replied, answer) = match phase(Phase::RequestHeaders, &request) {
        Ok(_) => (false, response),
        Err(reply) => (true, reply),
    };
    let answer = phase(Phase::ResponseHeaders, &answer).unwrap_or_else(|reply| reply);
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    Exchanged {
        replied,
        headers: answer.iter().map(|(n, v)| (text(n), v.to_vec())).collect(),
    }
}

fn run(
    policy: &dyn AnyPolicy,
    phase: Phase,
    stream: &mut hachure_exchange::AnyStream,
    headers: &HeaderMap,
) -> Result<HeaderMap, HeaderMap> {
    let mut source = Given(headers);
    let mut effects = Effects::new();
    let mut x = Exchange::new(&mut source, &mut effects, true);
    match policy.run(phase, stream, &mut x) {
        Outcome::Continue => {
            let mut after = headers.clone();
            effects.apply_to(&mut after);
            Ok(after)
        }
        Outcome::Reply(reply) => {
            let status = [(":status", reply.status().to_string().into_bytes())];
            let status = status.into_iter().map(|(n, v)| (n.to_owned(), v));
            let headers = reply.headers().map(|(n, v)| (n.to_owned(), v.to_vec()));
            Err(status.chain(headers).collect())
        }
        Outcome::Wait | Outcome::WaitUntil(_) => panic!("it has nothing to wait for"),
    }
}

struct Given<'a>(&'a HeaderMap);

impl Source for Given<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.0.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let values: Vec<_> = self.0.values(name).collect();
        Ok((!values.is_empty()).then(|| values.join(&b","[..])))
    }

    fn property(&mut self, _: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(UnixTime::default())
    }
}
