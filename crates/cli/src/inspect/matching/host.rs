//! Listeners and virtual hosts.

use serde_json::Value;

use crate::inspect::dump::list;
use crate::inspect::manager::Manager;
use crate::inspect::request::Request;

/// The connection managers that a client may reach: on the URL's port where a listener has that, on
/// every port otherwise, because what stands before Envoy changes ports.
pub(super) fn managers<'m, 'd>(
    all: &'m [Manager<'d>],
    request: &Request,
    notes: &mut Vec<String>,
) -> Vec<&'m Manager<'d>> {
    let fits = |manager: &&Manager<'_>| manager.tls == request.tls;
    let of_port: Vec<_> = all
        .iter()
        .filter(|manager| manager.port == Some(request.port))
        .collect();
    let of_kind: Vec<_> = match of_port.is_empty() {
        true => all.iter().filter(fits).collect(),
        false => of_port,
    };
    let listeners: std::collections::BTreeSet<_> = of_kind.iter().map(|one| one.listener).collect();
    if listeners.len() > 1 {
        notes.push(format!(
            "no listener has port {}: every one was tried",
            request.port
        ));
    }
    // Of the filter chains of a listener the one with the most telling name takes a connection.
    let mut taken = vec![];
    for listener in listeners {
        let chains = of_kind
            .iter()
            .filter(|manager| manager.listener == listener);
        let ranked = chains.filter_map(|chain| Some((rank_of_names(chain, request)?, *chain)));
        taken.extend(ranked.max_by_key(|(rank, _)| *rank).map(|(_, chain)| chain));
    }
    taken
}

/// How well the names of a filter chain fit; none where they do not.
fn rank_of_names(manager: &Manager<'_>, request: &Request) -> Option<usize> {
    if manager.server_names.is_empty() {
        return Some(0);
    }
    let names = manager.server_names.iter();
    names.filter_map(|name| rank(name, request.host())).max()
}

/// The virtual host of a table that takes a request.
pub(super) fn of<'d>(table: &'d Value, request: &Request) -> Option<&'d Value> {
    let ignores_port = table.get("ignore_port_in_host_matching") == Some(&Value::Bool(true));
    let authority = if ignores_port {
        request.host()
    } else {
        &request.authority
    };
    let hosts = list(table, "virtual_hosts").filter_map(|host| {
        let domains = list(host, "domains").filter_map(Value::as_str);
        let best = domains.filter_map(|domain| rank(domain, authority)).max()?;
        Some((best, host))
    });
    hosts.max_by_key(|(rank, _)| *rank).map(|(_, host)| host)
}

/// How well a domain fits a host: the exact one best, then the longest `*.a`, then the longest `a.*`,
/// then `*`.
fn rank(domain: &str, host: &str) -> Option<usize> {
    /// More than any name is long.
    const LONG: usize = 1000;
    let domain = domain.to_ascii_lowercase();
    let at = |kind: usize| kind.saturating_mul(LONG).saturating_add(domain.len());
    if domain == host {
        return Some(at(3));
    }
    if domain == "*" {
        return Some(1);
    }
    let longer = host.len() >= domain.len();
    if let Some(suffix) = domain.strip_prefix('*') {
        return (longer && host.ends_with(suffix)).then(|| at(2));
    }
    let prefix = domain.strip_suffix('*')?;
    (longer && host.starts_with(prefix)).then(|| at(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_telling_domain_takes_a_host() {
        let hosts = [
            "*",
            "a.example.com",
            "*.example.com",
            "*.b.example.com",
            "a.*",
        ];
        let hosts: Vec<_> = hosts
            .iter()
            .map(|name| json!({"name": name, "domains": [name]}))
            .collect();
        let table = json!({"virtual_hosts": hosts});
        for (host, expected) in [
            ("A.example.com", "a.example.com"),
            ("c.example.com", "*.example.com"),
            ("c.b.example.com", "*.b.example.com"),
            ("a.example.org", "a.*"),
            ("other", "*"),
            ("a.example.com:8080", "a.*"),
        ] {
            let request = Request::read("GET", &format!("http://{host}/")).unwrap();
            assert_eq!(of(&table, &request).unwrap()["name"], expected, "{host}");
        }
    }

    #[test]
    fn a_port_may_be_left_out_of_account() {
        let table = json!({
            "ignore_port_in_host_matching": true,
            "virtual_hosts": [{"domains": ["a"]}],
        });
        let request = Request::read("GET", "http://a:8080/").unwrap();
        assert!(of(&table, &request).is_some());
    }
}
