//! Envoy's rate limit service.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use hachure_envoy::{Cluster, Protocol};
use serde_json::Value;
use tempfile::TempDir;

use super::program::{Program, named};
use super::redis::Redis;
use crate::setup::{closed_port, scratch};
use crate::{Client, request};

/// The service `envoy.service.ratelimit.v3` over a Redis. Several may share one Redis.
pub struct RateLimit {
    program: Program,
    port: u16,
    _folder: TempDir,
}

impl RateLimit {
    /// Starts one with a config: `domain` and `descriptors`, as the service documents them.
    pub fn start(redis: &Redis, config: &Value) -> Self {
        let folder = scratch();
        let configs = folder.path().join("ratelimit/config");
        fs::create_dir_all(&configs).expect("a folder");
        // JSON is YAML.
        fs::write(configs.join("config.yaml"), config.to_string()).expect("the config");
        let [port, http, debug] = [closed_port(), closed_port(), closed_port()];
        let mut command = Command::new(named("RATELIMIT", "ratelimit"));
        command
            .env("RUNTIME_ROOT", folder.path())
            .env("RUNTIME_SUBDIRECTORY", "ratelimit")
            .env("REDIS_SOCKET_TYPE", "unix")
            .env("REDIS_URL", redis.socket())
            .env("USE_STATSD", "false")
            .env("LOG_LEVEL", "info");
        for (host, name, port) in [
            ("GRPC_HOST", "GRPC_PORT", port),
            ("HOST", "PORT", http),
            ("DEBUG_HOST", "DEBUG_PORT", debug),
        ] {
            command.env(host, "127.0.0.1").env(name, port.to_string());
        }
        let client = Client::new(
            SocketAddr::from((Ipv4Addr::LOCALHOST, http)),
            Protocol::Http1,
        );
        let ready = || {
            let health = client.send(&request("GET", "/healthcheck", &[]));
            health.is_ok_and(|answer| answer.status() == 200)
        };
        let program = Program::start("ratelimit", command, folder.path(), ready);
        Self {
            program,
            port,
            _folder: folder,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// It as a cluster: gRPC without TLS.
    pub fn cluster(&self, name: &str) -> Cluster {
        Cluster::new(name, "127.0.0.1", self.port).protocol(Protocol::Http2)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.program.id()
    }
}
