//! An OpenID provider: npm's `oidc-provider`, run by the script in `e2e/openid`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use hachure_casefile::{Message, Text};
use hachure_envoy::{Cluster, Protocol};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::certificates::Identity;
use super::program::{Program, named};
use crate::setup::{repository, scratch};
use crate::{Client, request};

/// Which products a provider is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// As `oidc-provider` comes: keys at `/jwks`, tokens of type `at+jwt` (RFC 9068).
    #[default]
    Plain,
    /// A tenant of Auth0: keys at `/.well-known/jwks.json`, tokens of type `JWT` with `azp` and
    /// `gty`. Its issuer ends with a slash.
    Auth0,
}

/// A provider with one client, and signing keys for RS, PS and ES 256 to 512 and EdDSA. Its
/// issuer is a URL that only its tokens and documents name: it listens on loopback.
pub struct OpenIdProvider {
    program: Program,
    addresses: Addresses,
    issuer: String,
    shape: Shape,
    _folder: TempDir,
}

struct Addresses {
    provider: u16,
    control: u16,
}

impl OpenIdProvider {
    /// Starts one without TLS.
    pub fn start(issuer: &str, shape: Shape) -> Self {
        Self::launch(issuer, shape, None)
    }

    /// Starts one that serves TLS with that certificate.
    pub fn start_with_tls(issuer: &str, shape: Shape, identity: &Identity) -> Self {
        Self::launch(issuer, shape, Some(identity))
    }

    fn launch(issuer: &str, shape: Shape, identity: Option<&Identity>) -> Self {
        let folder = scratch();
        let file = |name: &str| folder.path().join(name);
        let addresses = file("addresses.json");
        let tls = identity.map(|identity| {
            let (cert, key) = (file("cert.pem"), file("key.pem"));
            fs::write(&cert, &identity.certificate).expect("the certificate");
            fs::write(&key, &identity.key).expect("its key");
            json!({"cert": cert, "key": key})
        });
        let settings = json!({
            "issuer": issuer,
            "auth0": shape == Shape::Auth0,
            "tls": tls,
            "addresses": addresses,
        });
        fs::write(file("settings.json"), settings.to_string()).expect("the settings");
        let mut command = Command::new("node");
        command.env(
            "OPENID_PROVIDER",
            named("OPENID_PROVIDER", "openid-provider"),
        );
        command.arg(repository().join("e2e/openid/main.mjs"));
        command.arg(file("settings.json"));
        let ready = || addresses.is_file();
        let program = Program::start("openid-provider", command, folder.path(), ready);
        Self {
            program,
            addresses: Addresses::read(&addresses),
            issuer: issuer.to_owned(),
            shape,
            _folder: folder,
        }
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The URL of its key set, below the issuer.
    pub fn keys_url(&self) -> String {
        format!("{}{}", self.issuer.trim_end_matches('/'), self.keys_path())
    }

    fn keys_path(&self) -> &'static str {
        match self.shape {
            Shape::Plain => "/jwks",
            Shape::Auth0 => "/.well-known/jwks.json",
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.addresses.provider))
    }

    /// It as a cluster: HTTP/1.1, to which a test adds TLS.
    pub fn cluster(&self, name: &str) -> Cluster {
        Cluster::new(name, "127.0.0.1", self.addresses.provider)
    }

    /// An access token by the client credentials grant (RFC 6749, 4.4) for the resource
    /// `audience` (RFC 8707). `wishes` may say `scope`, `algorithm` (RS256), `lifetime` in seconds
    /// (600), and `claims` and `header` members to be laid over those of the provider, where
    /// `null` takes one away.
    pub fn token(&self, audience: &str, wishes: &Value) -> String {
        let scope = wishes["scope"].as_str().unwrap_or_default();
        self.grant(&format!("&resource={audience}&scope={scope}"), wishes)
    }

    /// An access token for no resource: opaque.
    pub fn opaque_token(&self) -> String {
        self.grant("", &json!({}))
    }

    fn grant(&self, parameters: &str, wishes: &Value) -> String {
        let client = "client_id=test&client_secret=secret";
        let form = format!("grant_type=client_credentials&{client}{parameters}");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-test-wishes", &wishes.to_string()),
        ];
        let answer = self.post("/token", &headers, form);
        let token = answer["access_token"].as_str();
        token
            .unwrap_or_else(|| panic!("no token: {answer}"))
            .to_owned()
    }

    /// Signs with new keys from now on. The old ones stay in the key set where `keep` says so.
    pub fn rotate(&self, keep: bool) {
        self.command("rotate", &json!({"keep": keep}));
    }

    /// Ends every connection and refuses new ones.
    pub fn go_away(&self) {
        self.command("outage", &json!({}));
    }

    /// Listens again, on the same port.
    pub fn come_back(&self) {
        self.command("back", &json!({}));
    }

    /// Answers requests for its key set after `delay` milliseconds, and otherwise where `answer`
    /// has a `status`: with that, its `headers` and its `body`.
    pub fn answer_keys(&self, answer: Value) {
        self.answer(self.keys_path(), answer);
    }

    /// Answers requests for `path` like that.
    pub fn answer(&self, path: &str, mut answer: Value) {
        answer["path"] = json!(path);
        self.command("answer", &answer);
    }

    /// Answers them with its key set again.
    pub fn answer_keys_itself(&self) {
        self.command("itself", &json!({"path": self.keys_path()}));
    }

    /// How often its key set was asked for.
    pub fn keys_asked(&self) -> u64 {
        self.asked(self.keys_path())
    }

    /// How often its discovery document was asked for.
    pub fn discovery_asked(&self) -> u64 {
        self.asked("/.well-known/openid-configuration")
    }

    fn asked(&self, path: &str) -> u64 {
        self.command("requests", &json!({}))[path]
            .as_u64()
            .unwrap_or(0)
    }

    fn command(&self, name: &str, arguments: &Value) -> Value {
        self.post(&format!("/{name}"), &[], arguments.to_string())
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Value {
        let length = body.len().to_string();
        let headers: Vec<_> = headers
            .iter()
            .copied()
            .chain([("content-length", length.as_str())])
            .collect();
        let mut message: Message = request("POST", path, &headers);
        message.body.push(Text(body.into()));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.addresses.control));
        let answer = Client::new(address, Protocol::Http1).send(&message);
        let answer = answer.expect("the provider's answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.program.id()
    }
}

impl Addresses {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).expect("the addresses");
        let json: Value = serde_json::from_str(&text).expect("JSON");
        let port = |name: &str| u16::try_from(json[name].as_u64().expect("a port")).expect("one");
        Self {
            provider: port("provider"),
            control: port("control"),
        }
    }
}
