//! The upstreams of the filters' own, as real servers: a cluster and a server for each name that a
//! case gives.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use hachure_casefile::{Case, Headers, Message, ObservedCall, Text, UpstreamAnswer};
use hachure_envoy::{Bootstrap, Cluster, Protocol};
use serde_json::{Map, Value};

use super::CaseFile;
use crate::{Received, Upstream, response};

/// What stands before a message of gRPC: that it is not compressed, and its length.
const GRPC_PREFIX: usize = 5;

/// The servers of all cases, by their clusters.
pub(super) struct Upstreams(BTreeMap<String, Server>);

struct Server {
    upstream: Upstream,
    protocol: Protocol,
}

impl Upstreams {
    /// Starts every server, with the answer that it has when its case begins.
    pub(super) fn start<'a>(files: impl Iterator<Item = &'a CaseFile>, at: IpAddr) -> Self {
        let mut servers = BTreeMap::new();
        for file in files {
            for name in names(&file.case) {
                let protocol = match answers(&file.case, name).any(|one| one.grpc.is_some()) {
                    true => Protocol::Http2,
                    false => Protocol::Http1,
                };
                let upstream = Upstream::start_at(at, protocol);
                servers.insert(cluster(file, name), Server { upstream, protocol });
            }
        }
        Self(servers)
    }

    /// Their clusters.
    pub(super) fn add_to(&self, mut bootstrap: Bootstrap) -> Bootstrap {
        for (name, server) in &self.0 {
            let cluster = Cluster::new(name, "127.0.0.1", server.upstream.port());
            bootstrap = bootstrap.cluster(cluster.protocol(server.protocol));
        }
        bootstrap
    }

    /// Where the upstream of that name of a case listens, and what it speaks.
    pub(super) fn address(&self, file: &CaseFile, name: &str) -> (SocketAddr, Protocol) {
        let server = &self.0[&cluster(file, name)];
        (server.upstream.address(), server.protocol)
    }

    /// Lets the upstreams of a case answer so from here on, and forgets what they were asked.
    pub(super) fn change(&self, file: &CaseFile, answers: &BTreeMap<String, UpstreamAnswer>) {
        for (name, answer) in answers {
            let server = &self.0[&cluster(file, name)];
            server.upstream.be_away(answer.away);
            server.upstream.answer([message(answer)]);
        }
    }

    /// What the upstreams of a case were asked since they were last asked for it.
    pub(super) fn take(&self, file: &CaseFile) -> Vec<ObservedCall> {
        let all = names(&file.case).into_iter().flat_map(|name| {
            let asked = self.0[&cluster(file, name)].upstream.take();
            asked.into_iter().map(move |one| observed(name, one))
        });
        all.collect()
    }
}

/// The config of a case with the clusters of its upstreams: `cluster` says how the one of a name is
/// called.
pub(super) fn config(file: &CaseFile, cluster: impl Fn(&str) -> String) -> Value {
    let mut config = file.case.config.clone();
    let names = names(&file.case);
    if let (false, Value::Object(members)) = (names.is_empty(), &mut config) {
        let upstreams = members
            .entry("upstreams")
            .or_insert_with(|| Value::Object(Map::new()));
        for name in names {
            upstreams[name] = Value::from(cluster(name));
        }
    }
    config
}

/// Each case has clusters of its own: all of them are served by one Envoy.
pub(super) fn cluster(file: &CaseFile, name: &str) -> String {
    format!("{}/{name}", file.instance())
}

/// The names of the upstreams of a case, sorted.
pub(super) fn names(case: &Case) -> Vec<&str> {
    let later = case.steps.iter().flat_map(|step| step.upstreams.keys());
    let mut names: Vec<_> = case.upstreams.keys().chain(later).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(String::as_str).collect()
}

fn answers<'a>(case: &'a Case, name: &str) -> impl Iterator<Item = &'a UpstreamAnswer> {
    let first = case.upstreams.get(name).into_iter();
    let name = name.to_owned();
    first.chain(
        case.steps
            .iter()
            .filter_map(move |step| step.upstreams.get(&name)),
    )
}

fn message(given: &UpstreamAnswer) -> Message {
    let Some(grpc) = &given.grpc else {
        let mut message = response(given.status(), &[], "");
        let others = given.headers.0.iter().filter(|(name, _)| name != ":status");
        message.headers.0.extend(others.cloned());
        message.body = vec![Text(given.body())];
        return message;
    };
    let length = u32::try_from(grpc.0.len()).expect("a short message");
    let mut message = response(200, &[("content-type", "application/grpc")], "");
    message.body = vec![Text([&[0][..], &length.to_be_bytes(), &grpc.0].concat())];
    message.trailers = Headers(vec![("grpc-status".to_owned(), Text(b"0".to_vec()))]);
    message
}

fn observed(name: &str, request: Received) -> ObservedCall {
    let grpc = request.text("content-type").starts_with("application/grpc");
    let body = match grpc {
        true => request.body.get(GRPC_PREFIX..).unwrap_or_default().to_vec(),
        false => request.body,
    };
    ObservedCall {
        upstream: name.to_owned(),
        headers: request.headers,
        body,
    }
}
