//! A request, as far as its method and URL say.

use anyhow::{Result, bail};

/// A method and a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) tls: bool,
    /// In lower case, with the port where the URL has one.
    pub(super) authority: String,
    /// The port to which a client connects.
    pub(super) port: u64,
    /// Without the query.
    pub(super) path: String,
    pub(super) query: Option<String>,
}

impl Request {
    pub(super) fn read(method: &str, url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let tls = scheme == "https";
        if !tls && scheme != "http" {
            bail!("{url}: expected a URL that begins with http:// or https://");
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        if authority.is_empty() {
            bail!("{url}: it names no host");
        }
        let authority = authority.to_ascii_lowercase();
        let port = authority
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        Ok(Self {
            method: method.to_owned(),
            tls,
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            authority,
            path: if path.is_empty() {
                "/".to_owned()
            } else {
                path.to_owned()
            },
            query,
        })
    }

    /// The host without a port.
    pub(super) fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
            _ => &self.authority,
        }
    }

    /// The value of a header, of those that every request has.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        match name {
            ":method" => Some(self.method.clone()),
            ":authority" | "host" => Some(self.authority.clone()),
            ":scheme" => Some(if self.tls { "https" } else { "http" }.to_owned()),
            ":path" => Some(match &self.query {
                Some(query) => format!("{}?{query}", self.path),
                None => self.path.clone(),
            }),
            _ => None,
        }
    }

    /// The value of a query parameter, as it is written.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.as_deref().unwrap_or_default().split('&');
        let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let request = Request::read("GET", "https://Api.example.com:8443/a/b?x=1&y#z").unwrap();
        assert_eq!((request.host(), request.port), ("api.example.com", 8443));
        assert_eq!(request.header(":path").as_deref(), Some("/a/b?x=1&y"));
        assert_eq!(
            (request.parameter("y"), request.parameter("z")),
            (Some(""), None)
        );
        let request = Request::read("GET", "http://a?x").unwrap();
        assert_eq!((request.path.as_str(), request.port), ("/", 80));
        for bad in ["a", "ftp://a", "http:///x"] {
            assert!(Request::read("GET", bad).is_err(), "{bad}");
        }
    }
}
