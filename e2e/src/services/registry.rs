//! A registry of OCI images.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::certificates::Authority;
use super::program::{Program, named};
use crate::setup::{closed_port, scratch};

/// The one user, and the line of the password file: a registry reads bcrypt alone.
const USER: &str = "test";
const PASSWORD: &str = "a secret of these tests";
const LINE: &str = "test:$2y$05$hachureregistrytests..QFIw5O5.9hWjQpJfA5VyhjRfl7QjKEG\n";

/// A registry over TLS that wants a name and a password (basic authentication), on a port of its
/// own. It can go away and come back with what it had.
pub struct Registry {
    program: Option<Program>,
    authority: Authority,
    port: u16,
    folder: TempDir,
}

impl Registry {
    /// Starts one that has no image.
    pub fn start() -> Self {
        let folder = scratch();
        let authority = Authority::new("the registry's");
        let identity = authority.issue("127.0.0.1");
        let port = closed_port();
        let file = |name: &str| folder.path().join(name);
        let config = json!({
            "version": 0.1,
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": file("images")}},
            "http": {
                "addr": format!("127.0.0.1:{port}"),
                "tls": {"certificate": file("cert.pem"), "key": file("key.pem")},
            },
            "auth": {"htpasswd": {"realm": "test", "path": file("htpasswd")}},
        });
        for (name, text) in [
            ("authority.pem", authority.pem()),
            ("cert.pem", identity.certificate),
            ("key.pem", identity.key),
            ("htpasswd", LINE.to_owned()),
            // JSON is YAML.
            ("config.yml", config.to_string()),
        ] {
            fs::write(file(name), text).expect(name);
        }
        let config = json!({"auths": {format!("127.0.0.1:{port}"): access(USER, PASSWORD)}});
        fs::write(file("config.json"), config.to_string()).expect("credentials");
        let mut registry = Self {
            program: None,
            authority,
            port,
            folder,
        };
        registry.come_back();
        registry
    }

    /// The name by which images name it.
    pub fn name(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The certificate of those whom its certificate comes from: PEM.
    pub fn authority(&self) -> String {
        self.authority.pem()
    }

    /// A file with the same.
    pub fn authority_file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A file as `docker login` writes it, with which one gets in.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("config.json")
    }

    /// Such a file's content with another password.
    pub fn wrong_config(&self) -> Value {
        json!({"auths": {self.name(): access(USER, "another")}})
    }

    /// Ends it.
    pub fn go_away(&mut self) {
        self.program = None;
    }

    /// Starts it again with the images that it had, on the same port.
    pub fn come_back(&mut self) {
        let at = self.folder.path();
        let mut command = Command::new(named("REGISTRY", "registry"));
        command.arg("serve").arg(at.join("config.yml"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let ready = || TcpStream::connect(address).is_ok();
        self.program = Some(Program::start("registry", command, at, ready));
    }

    /// Its process id; none while it is away.
    pub fn id(&self) -> Option<u32> {
        self.program.as_ref().map(Program::id)
    }
}

fn access(user: &str, password: &str) -> Value {
    json!({"username": user, "password": password})
}
