//! The ports of a pattern.

use crate::origin::parse_port;

/// Which ports a pattern takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ports {
    /// The one that is written, or the scheme's default.
    One(Option<u16>),
    /// `[3000,8080]`.
    Listed(Vec<u16>),
    /// `[*]`: each, and none.
    Any,
}

impl Ports {
    /// Reads what follows a host's colon.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(list) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) else {
            let one = parse_port(text).map(|port| Self::One(Some(port)));
            return one
                .ok_or_else(|| "a port from 0 to 65535, a list [3000,8080] or [*]".to_owned());
        };
        if list.trim_ascii() == "*" {
            return Ok(Self::Any);
        }
        let ports: Option<Vec<_>> = list
            .split(',')
            .map(|port| parse_port(port.trim_ascii()))
            .collect();
        ports
            .map(Self::Listed)
            .ok_or_else(|| "ports in brackets, as [3000,8080] or [*]".to_owned())
    }

    /// Whether an origin's port is among them.
    pub(crate) fn contains(&self, port: Option<u16>) -> bool {
        match self {
            Self::One(one) => *one == port,
            Self::Listed(ports) => port.is_some_and(|port| ports.contains(&port)),
            Self::Any => true,
        }
    }
}
