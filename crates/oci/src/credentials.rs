//! Credentials for registries, as Docker's `config.json` and Secrets of the type
//! `kubernetes.io/dockerconfigjson` have them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;

use crate::Error;

/// What a registry is shown.
#[derive(Clone)]
pub struct Credentials(pub(crate) RegistryAuth);

impl Credentials {
    /// None.
    pub const NONE: Self = Self(RegistryAuth::Anonymous);
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(..)")
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    auth: String,
    username: String,
    password: String,
    #[serde(rename = "identitytoken")]
    identity: String,
    #[serde(rename = "registrytoken")]
    registry: String,
}

/// The credentials for `registry` (host, and port where it is not 443) in a `config.json`; none
/// where it does not name that registry.
///
/// # Errors
/// It cannot be read, or has them in a form that cannot be used. What it holds is not told.
pub fn credentials(config: &[u8], registry: &str) -> Result<Credentials, Error> {
    let unreadable = |_| Error::Access("the credentials are no Docker config in JSON".to_owned());
    let config: Config = serde_json::from_slice(config).map_err(unreadable)?;
    let mut named = config
        .auths
        .iter()
        .filter(|(name, _)| host(name) == registry);
    let auth = named.next().map(|(_, auth)| auth);
    let helped = config.helpers.keys().any(|name| host(name) == registry);
    match auth {
        Some(auth) if *auth != Auth::default() => auth.read(registry),
        _ if helped || (auth.is_some() && config.store.is_some()) => Err(Error::Access(format!(
            "the credentials for {registry} are in a credential helper, which is not asked: name a \
             config with `auth`"
        ))),
        _ => Ok(Credentials::NONE),
    }
}

impl PartialEq for Auth {
    fn eq(&self, other: &Self) -> bool {
        let all = |auth: &Self| {
            [
                &auth.auth,
                &auth.username,
                &auth.password,
                &auth.identity,
                &auth.registry,
            ]
            .map(String::clone)
        };
        all(self) == all(other)
    }
}

impl Auth {
    fn read(&self, registry: &str) -> Result<Credentials, Error> {
        let wrong = |why: &str| Error::Access(format!("the credentials for {registry}: {why}"));
        if !self.registry.is_empty() {
            return Ok(Credentials(RegistryAuth::Bearer(self.registry.clone())));
        }
        if !self.identity.is_empty() {
            return Err(wrong("an identity token cannot be used: give a password"));
        }
        if self.auth.is_empty() {
            let (name, password) = (self.username.clone(), self.password.clone());
            return Ok(Credentials(RegistryAuth::Basic(name, password)));
        }
        let text = STANDARD.decode(&self.auth).ok();
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = text.as_deref().and_then(|text| text.split_once(':'));
        let (name, password) =
            pair.ok_or_else(|| wrong("`auth` is no Base64 of `name:password`"))?;
        let basic = RegistryAuth::Basic(name.to_owned(), password.to_owned());
        Ok(Credentials(basic))
    }
}

/// The registry that a name in a config stands for: Docker has written URLs there.
fn host(name: &str) -> &str {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let host = name.split_once('/').map_or(name, |(host, _)| host);
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        host => host.strip_suffix(":443").unwrap_or(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: &str, registry: &str) -> Result<RegistryAuth, String> {
        let read = credentials(config.as_bytes(), registry);
        read.map(|found| found.0).map_err(|why| why.to_string())
    }

    fn basic(name: &str, password: &str) -> Result<RegistryAuth, String> {
        Ok(RegistryAuth::Basic(name.into(), password.into()))
    }

    #[test]
    fn a_registry_has_the_credentials_under_its_own_name() {
        let config = r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "aHVi:"},
            "registry.example.com": {"auth": "dXNlcjpwYTpzcw=="},
            "registry.example.com:5000": {"username": "a", "password": "b"},
            "token.example.com": {"registrytoken": "t"},
            "id.example.com": {"identitytoken": "t"}
        }}"#;
        assert_eq!(read(config, "registry.example.com"), basic("user", "pa:ss"));
        assert_eq!(read(config, "registry.example.com:5000"), basic("a", "b"));
        let bearer = RegistryAuth::Bearer("t".into());
        assert_eq!(read(config, "token.example.com"), Ok(bearer));
        for other in [
            "example.com",
            "registry.example.com.evil",
            "xregistry.example.com",
        ] {
            assert_eq!(read(config, other), Ok(RegistryAuth::Anonymous), "{other}");
        }
        let why = read(config, "id.example.com").unwrap_err();
        assert!(why.contains("identity token"), "{why}");
        let why = read(config, "docker.io").unwrap_err();
        assert!(why.ends_with("is no Base64 of `name:password`"), "{why}");
    }

    #[test]
    fn what_cannot_be_used_is_said_without_what_it_holds() {
        let why = read(r#"{"auths": "secret"}"#, "x").unwrap_err();
        assert!(!why.contains("secret"), "{why}");
        let helped = r#"{"auths": {"x": {}}, "credsStore": "desktop"}"#;
        let why = read(helped, "x").unwrap_err();
        assert!(why.contains("credential helper"), "{why}");
        assert_eq!(read(helped, "y"), Ok(RegistryAuth::Anonymous));
        let debug = format!(
            "{:?}",
            credentials(
                br#"{"auths":{"x":{"username":"a","password":"hidden"}}}"#,
                "x"
            )
        );
        assert!(!debug.contains("hidden"), "{debug}");
    }
}
