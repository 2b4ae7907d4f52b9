//! What templates and conditions read, from the message as it is now.

use hachure_config::{RequestPath, decode_form, text_at};
use hachure_exchange::{Consumer, Exchange, Metadata, Property};

use crate::variable::Variable;

/// One phase of one stream, with what was read of its first line.
pub(crate) struct Facts<'f, 'x> {
    pub(crate) x: &'f mut Exchange<'x>,
    /// Values that were captured when the request came, for a rule of the response.
    pub(crate) captured: &'f [Option<Vec<u8>>],
    line: [Option<Option<Vec<u8>>>; 4],
    claims: Option<Option<Vec<u8>>>,
    metadata: Option<Metadata>,
}

/// A part of a request's first line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pseudo {
    Method,
    Path,
    Authority,
    Scheme,
}

impl<'f, 'x> Facts<'f, 'x> {
    pub(crate) fn new(x: &'f mut Exchange<'x>) -> Self {
        Self {
            x,
            captured: &[],
            line: [const { None }; 4],
            claims: None,
            metadata: None,
        }
    }

    /// Forgets the first line, which has changed.
    pub(crate) fn forget(&mut self) {
        self.line = [const { None }; 4];
    }

    /// A part of the request's first line; read once.
    pub(crate) fn pseudo(&mut self, which: Pseudo) -> Option<&[u8]> {
        let (slot, name) = match which {
            Pseudo::Method => (0, ":method"),
            Pseudo::Path => (1, ":path"),
            Pseudo::Authority => (2, ":authority"),
            Pseudo::Scheme => (3, ":scheme"),
        };
        let slot = self.line.get_mut(slot)?;
        slot.get_or_insert_with(|| self.x.unique(name)).as_deref()
    }

    /// The request's path and query.
    pub(crate) fn path(&mut self) -> Option<RequestPath<'_>> {
        self.pseudo(Pseudo::Path).map(RequestPath::new)
    }

    /// The request's host, as [`host`] has it.
    pub(crate) fn host(&mut self) -> Option<Vec<u8>> {
        self.pseudo(Pseudo::Authority).map(host)
    }

    /// The decoded values of a query parameter.
    pub(crate) fn query(&mut self, name: &str) -> Vec<Vec<u8>> {
        let Some(path) = self.path() else {
            return vec![];
        };
        let named = path
            .parameters()
            .filter(|parameter| parameter.is(name.as_bytes()));
        named
            .map(|parameter| decode_form(parameter.value).collect())
            .collect()
    }

    /// Appends the value of a variable to `out`; false where there is none.
    pub(crate) fn read(&mut self, variable: &Variable, out: &mut Vec<u8>) -> bool {
        match variable {
            Variable::RequestHeader(name) | Variable::ResponseHeader(name) => {
                self.joined(name, out)
            }
            Variable::RequestQuery(name) => put(only(self.query(name)), out),
            Variable::RequestCookie(name) => put(self.cookie(name), out),
            Variable::RequestPath => put(self.path().map(RequestPath::path), out),
            Variable::RequestMethod => put(self.pseudo(Pseudo::Method), out),
            Variable::RequestHost => put(self.host(), out),
            Variable::RequestScheme => put(self.pseudo(Pseudo::Scheme), out),
            Variable::PathSegment(place) => {
                let segment = self.path().and_then(|path| path.segments().nth(*place));
                put(segment.map(|segment| segment.decoded()), out)
            }
            Variable::SourceIp => put(self.address().as_deref().map(ip), out),
            Variable::SourceAddress => put(self.address(), out),
            Variable::Claim(path) => {
                let names = path.names().iter().map(String::as_str);
                let claim = self.claims().and_then(|claims| text_at(claims, names));
                told(claim, out)
            }
            Variable::ConsumerName => told(Consumer::name_in(self.x), out),
            Variable::ConsumerId => told(Consumer::id_in(self.x), out),
            Variable::ConsumerLabel(name) => told(Consumer::label_in(self.x, name), out),
            Variable::Metadata(path) => {
                let all = self.metadata.get_or_insert_with(|| Metadata::of(self.x));
                told(all.text_at(path.names().iter().map(String::as_str)), out)
            }
            Variable::ResponseCode => put(self.x.unique(":status"), out),
            Variable::TimeUnix => put(Some(self.x.now().seconds().to_string()), out),
            Variable::TimeRfc3339 => put(Some(self.x.now().rfc3339()), out),
            Variable::TimeHttp => put(Some(self.x.now().http_date()), out),
            Variable::Captured(index) => {
                let value = self.captured.get(*index).and_then(Option::as_deref);
                put(value, out)
            }
            // Resolved when the config was, or by `regexReplace` itself.
            Variable::PathCapture(_) | Variable::MatchGroup(_) | Variable::Group(_) => false,
        }
    }

    /// All values of a header as one: joined with a comma (RFC 9110, 5.3), cookies with `; `
    /// (RFC 9113, 8.2.3). Several `set-cookie` have no such form.
    fn joined(&mut self, name: &str, out: &mut Vec<u8>) -> bool {
        if name == "set-cookie" {
            let values = self.x.headers().values(name).map(<[u8]>::to_vec).collect();
            return put(only(values), out);
        }
        let separator: &[u8] = if name == "cookie" { b"; " } else { b", " };
        let mut found = false;
        for value in self.x.headers().values(name) {
            if found {
                out.extend_from_slice(separator);
            }
            out.extend_from_slice(value);
            found = true;
        }
        found
    }

    /// A cookie's value (RFC 6265, 5.4) without the quotes around it; none where the client sends
    /// several that differ.
    fn cookie(&mut self, name: &str) -> Option<Vec<u8>> {
        let mut found = vec![];
        for header in self.x.headers().values("cookie") {
            for pair in header.split(|b| *b == b';') {
                let Some(at) = pair.iter().position(|b| *b == b'=') else {
                    continue;
                };
                let Some((key, value)) = pair.split_at_checked(at) else {
                    continue;
                };
                if key.trim_ascii() == name.as_bytes() {
                    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii();
                    let quoted = value
                        .strip_prefix(b"\"")
                        .and_then(|v| v.strip_suffix(b"\""));
                    found.push(quoted.unwrap_or(value).to_vec());
                }
            }
        }
        only(found)
    }

    /// The claims that an earlier filter published; read once.
    fn claims(&mut self) -> Option<&[u8]> {
        let claims = self
            .claims
            .get_or_insert_with(|| Consumer::claims_in(self.x));
        claims.as_deref()
    }

    fn address(&mut self) -> Option<Vec<u8>> {
        self.x.property(Property::SourceAddress)
    }
}

/// The value of a name that comes once, or several times with the same value: what the upstream
/// would take of differing ones is anybody's guess.
fn only(mut values: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let last = values.pop()?;
    values.iter().all(|value| *value == last).then_some(last)
}

fn put(value: Option<impl AsRef<[u8]>>, out: &mut Vec<u8>) -> bool {
    value
        .inspect(|value| out.extend_from_slice(value.as_ref()))
        .is_some()
}

/// What another filter tells, where nothing is as good as not there.
fn told(value: Option<impl AsRef<[u8]>>, out: &mut Vec<u8>) -> bool {
    put(value.filter(|value| !value.as_ref().is_empty()), out)
}

/// The host of an authority, for comparison: lower case, without port and without the dot of a
/// full name.
fn host(authority: &[u8]) -> Vec<u8> {
    let host = without_port(authority);
    host.strip_suffix(b".").unwrap_or(host).to_ascii_lowercase()
}

/// The IP address of `192.0.2.7:4711` or `[2001:db8::1]:4711`, without brackets.
fn ip(address: &[u8]) -> &[u8] {
    let ip = without_port(address);
    ip.strip_prefix(b"[")
        .and_then(|ip| ip.strip_suffix(b"]"))
        .unwrap_or(ip)
}

fn without_port(text: &[u8]) -> &[u8] {
    let Some(colon) = text.iter().rposition(|b| *b == b':') else {
        return text;
    };
    let Some((before, after)) = text.split_at_checked(colon) else {
        return text;
    };
    let port = after.iter().skip(1).all(u8::is_ascii_digit);
    let whole = before.ends_with(b"]") || !before.contains(&b':');
    if port && whole { before } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_port_case_and_last_dot() {
        for (authority, expected) in [
            ("API.example.com:8443", "api.example.com"),
            ("a.", "a"),
            ("a.:80", "a"),
            ("[2001:DB8::1]:80", "[2001:db8::1]"),
            ("[::1]", "[::1]"),
            ("a:b", "a:b"),
            ("", ""),
        ] {
            assert_eq!(
                host(authority.as_bytes()),
                expected.as_bytes(),
                "{authority}"
            );
        }
    }

    #[test]
    fn an_address_has_an_ip() {
        for (address, expected) in [
            ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("/run/socket", "/run/socket"),
        ] {
            assert_eq!(ip(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }

    #[test]
    fn differing_values_are_none() {
        let values = |texts: &[&str]| texts.iter().map(|t| t.as_bytes().to_vec()).collect();
        assert_eq!(only(values(&[])), None);
        assert_eq!(only(values(&["a", "a"])), Some(b"a".to_vec()));
        assert_eq!(only(values(&["a", "b"])), None);
    }
}
