//! Origins and patterns by their parts, and when one holds for the other.

use std::fmt;

use proptest::prelude::*;

/// Few hosts and ports, so that they meet often.
const HOSTS: [&str; 6] = [
    "example.com",
    "a.example.com",
    "b.a.example.com",
    "aexample.com",
    "example.com.evil.test",
    "localhost",
];
const PORTS: [u16; 4] = [80, 443, 3000, 8080];
const SCHEMES: [&str; 3] = ["http", "https", "app"];

/// An origin.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    scheme: &'static str,
    host: &'static str,
    port: Option<u16>,
}

/// An entry of `origins`.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    scheme: &'static str,
    host: &'static str,
    below: bool,
    ports: Ports,
}

#[derive(Debug, Clone)]
enum Ports {
    None,
    One(u16),
    List(Vec<u16>),
    Any,
}

/// The port that counts.
fn effective(scheme: &str, port: Option<u16>) -> Option<u16> {
    match (port, scheme) {
        (None, "http") => Some(80),
        (None, "https") => Some(443),
        (port, _) => port,
    }
}

impl Pattern {
    pub(crate) fn holds(&self, origin: &Origin) -> bool {
        let port = effective(origin.scheme, origin.port);
        let ports = match &self.ports {
            Ports::None => port == effective(self.scheme, None),
            Ports::One(one) => port == Some(*one),
            Ports::List(list) => list.iter().any(|listed| port == Some(*listed)),
            Ports::Any => true,
        };
        let labels = |host: &'static str| host.split('.').rev().collect::<Vec<_>>();
        let (ours, theirs) = (labels(self.host), labels(origin.host));
        let host = match self.below {
            true => theirs.len() > ours.len() && theirs.starts_with(&ours),
            false => theirs == ours,
        };
        ports && host && self.scheme == origin.scheme
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.below { "*." } else { "" };
        write!(f, "{}://{wildcard}{}", self.scheme, self.host)?;
        match &self.ports {
            Ports::None => Ok(()),
            Ports::One(port) => write!(f, ":{port}"),
            Ports::List(ports) => write!(f, ":{ports:?}"),
            Ports::Any => f.write_str(":[*]"),
        }
    }
}

pub(crate) fn origin() -> impl Strategy<Value = Origin> {
    let port = prop::option::of(prop::sample::select(&PORTS[..]));
    (
        prop::sample::select(&SCHEMES[..]),
        prop::sample::select(&HOSTS[..]),
        port,
    )
        .prop_map(|(scheme, host, port)| Origin { scheme, host, port })
}

pub(crate) fn pattern() -> impl Strategy<Value = Pattern> {
    let port = || prop::sample::select(&PORTS[..]);
    let ports = prop_oneof![
        Just(Ports::None),
        port().prop_map(Ports::One),
        prop::collection::vec(port(), 1..3).prop_map(Ports::List),
        Just(Ports::Any),
    ];
    let scheme = prop::sample::select(&SCHEMES[..]);
    (
        scheme,
        prop::sample::select(&HOSTS[..]),
        any::<bool>(),
        ports,
    )
        .prop_map(|(scheme, host, below, ports)| Pattern {
            scheme,
            host,
            below,
            ports,
        })
}

/// The same text with some letters in upper case.
pub(crate) fn spelled(text: &str, spelling: u64) -> String {
    let spell = |(i, c): (usize, char)| match spelling >> (i % 64) & 1 {
        1 => c.to_ascii_uppercase(),
        _ => c,
    };
    text.chars().enumerate().map(spell).collect()
}

/// Lists of exact origins, as texts.
pub(crate) fn listed_origins() -> impl Strategy<Value = Vec<String>> {
    let origin = prop::sample::select(vec!["https://app.example.com", "null", "http://b.test"]);
    prop::collection::vec(origin.prop_map(str::to_owned), 1..3)
}
