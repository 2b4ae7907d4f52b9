//! Envoy's admin interface.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::Error;

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Admin {
    address: SocketAddr,
    agent: Agent,
}

impl Admin {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // A proxy of the environment has no way to this machine's loopback.
            .proxy(None)
            .build()
            .into();
        Self { address, agent }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether Envoy serves.
    pub(crate) fn ready(&self) -> bool {
        self.get("/ready", &[])
            .is_ok_and(|(status, _)| status == 200)
    }

    /// The listeners and the addresses to which they are bound.
    pub(crate) fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>, Error> {
        let answer = self.json("/listeners", &[])?;
        let listeners = list(&answer, "listener_statuses");
        Ok(listeners.filter_map(listener).collect())
    }

    pub(crate) fn stats(&self, filter: &str) -> Result<BTreeMap<String, u64>, Error> {
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

    fn json(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Error> {
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
        let url = format!("http://{}{path}", self.address);
        let mut response = self
            .agent
            .get(url)
            .query_pairs(query.iter().copied())
            .call()?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_to_string()?))
    }
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
