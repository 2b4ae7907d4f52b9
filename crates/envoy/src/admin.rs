//! Envoy's admin interface.

mod unix;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::DefaultResolver;

use crate::Error;
use unix::Socket;

const TIMEOUT: Duration = Duration::from_secs(10);
/// The whole configuration of a large Envoy, in bytes.
const MOST: u64 = 1 << 30;

/// The admin interface of a running Envoy.
#[derive(Debug)]
pub struct Admin {
    base: String,
    agent: Agent,
}

impl Admin {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            agent: config().into(),
        }
    }

    /// The one at `http://host:port` or at `unix:/path`.
    ///
    /// # Errors
    /// It is neither.
    pub fn reach(place: &str) -> Result<Self, Error> {
        if let Some(path) = place.strip_prefix("unix:") {
            let agent = Agent::with_parts(config(), Socket::at(path), DefaultResolver::default());
            // What Envoy sees as the host; nothing is resolved.
            let base = "http://127.0.0.1".to_owned();
            return Ok(Self { base, agent });
        }
        let base = place.trim_end_matches('/');
        if !base.starts_with("http://") {
            let expected = format!("{place}: expected http://host:port or unix:/path");
            return Err(Error::Admin(expected));
        }
        Ok(Self {
            base: base.to_owned(),
            agent: config().into(),
        })
    }

    /// Whether Envoy serves.
    pub(crate) fn ready(&self) -> bool {
        self.get("/ready", &[])
            .is_ok_and(|(status, _)| status == 200)
    }

    /// The listeners and the addresses to which they are bound.
    ///
    /// # Errors
    /// It is not reached, or answers with something else.
    pub fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>, Error> {
        let answer = self.json("/listeners", &[])?;
        let listeners = list(&answer, "listener_statuses");
        Ok(listeners.filter_map(listener).collect())
    }

    /// Counters and gauges whose names the regular expression finds, by name.
    ///
    /// # Errors
    /// It is not reached, or answers with something else.
    pub fn stats(&self, filter: &str) -> Result<BTreeMap<String, u64>, Error> {
        let answer = self.json("/stats", &[("filter", filter)])?;
        let stats = list(&answer, "stats");
        let number = |stat: &Value| {
            Some((
                stat.get("name")?.as_str()?.to_owned(),
                stat.get("value")?.as_u64()?,
            ))
        };
        Ok(stats.filter_map(number).collect())
    }

    /// What `path` answers, in JSON.
    ///
    /// # Errors
    /// It is not reached, or answers with something else.
    pub fn json(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Error> {
        let query: Vec<_> = query.iter().copied().chain([("format", "json")]).collect();
        let (status, body) = self
            .get(path, &query)
            .map_err(|e| Error::Admin(e.to_string()))?;
        if status != 200 {
            return Err(Error::Admin(format!("{path} answers {status}: {body}")));
        }
        serde_json::from_str(&body).map_err(|e| Error::Admin(format!("{path}: {e}")))
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<(u16, String), ureq::Error> {
        let url = format!("{}{path}", self.base);
        let mut response = self
            .agent
            .get(url)
            .query_pairs(query.iter().copied())
            .call()?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST);
        Ok((status, body.read_to_string()?))
    }
}

fn config() -> Config {
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        // A proxy of the environment has no way to this machine's loopback.
        .proxy(None)
        .build()
}

fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    answer
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn listener(status: &Value) -> Option<(String, SocketAddr)> {
    let address = status.pointer("/local_address/socket_address")?;
    let port = u16::try_from(address.get("port_value")?.as_u64()?).ok()?;
    let host = address.get("address")?.as_str()?.parse().ok()?;
    Some((
        status.get("name")?.as_str()?.to_owned(),
        SocketAddr::new(host, port),
    ))
}
