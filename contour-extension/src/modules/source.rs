//! Where a module comes from that the add-on does not carry, and whether it may.

use std::collections::BTreeSet;

use hachure_oci::Reference;
use reqwest::Url;
use serde::Serialize;

use crate::modules::Trouble;
use crate::policy::{Code, CodeType, ObjectRef, PullPolicy, Tls};

/// One source. Two policies of one namespace that say the same have one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Source {
    /// The namespace of the policy, in which Secrets and authorities are.
    pub namespace: String,
    /// The place.
    pub place: Place,
    /// What it must be: the digest of the module, or of an image's manifest; 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Where the authority is that the server's certificate must come from.
    pub authority: Option<Authority>,
    /// Tells one time from another where it is fetched anew for each generation of a policy.
    pub again: Option<String>,
}

/// The place of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Place {
    /// A file of a web server.
    Http {
        /// Its URL.
        url: String,
    },
    /// An image of a registry.
    Image {
        /// Its name.
        url: String,
        /// The Secret with what the registry is shown.
        secret: Option<String>,
    },
}

/// An object that holds certificates under `ca.crt`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Authority {
    /// A ConfigMap.
    ConfigMap(String),
    /// A Secret.
    Secret(String),
}

/// The registries and hosts that modules may come from, beside the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedCode(BTreeSet<String>);

impl AllowedCode {
    /// Reads what was given: `host` or `host:port`, each of them just that one.
    ///
    /// # Errors
    /// One is something else.
    pub fn read(given: &[String]) -> Result<Self, String> {
        let one = |text: &String| {
            let url = Url::parse(&format!("https://{text}/")).ok();
            let url = url.filter(|_| !text.contains(['/', '@', '?', '#', '\\', '*']));
            let name = url.as_ref().and_then(https_name);
            name.ok_or_else(|| format!("`{text}` is no host, or host and port"))
        };
        given.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a module may come from a URL; a redirection is asked for in the same way.
    pub fn url(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        plain && name(url).is_some_and(|name| self.0.contains(&name))
    }

    /// Whether it may come from a registry, as an image's name has that.
    pub fn registry(&self, registry: &str) -> bool {
        let url = Url::parse(&format!("https://{registry}/"));
        let name = url.ok().and_then(|url| https_name(&url));
        name.is_some_and(|name| self.0.contains(&name))
    }

    fn check(path: &str, name: &str, allowed: bool) -> Result<(), Trouble> {
        let why = || {
            format!("{path}: modules may not come from `{name}`: --allowed-code does not name it")
        };
        match allowed {
            true => Ok(()),
            false => Err(Trouble::refused("NotAllowed", why())),
        }
    }
}

/// The host, and the port where it is not 443.
fn https_name(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(match url.port_or_known_default() {
        Some(443) | None => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    })
}

/// The same for any scheme: that of a plain one has its port, which is 80 if it has none.
fn name(url: &Url) -> Option<String> {
    matches!(url.scheme(), "http" | "https").then(|| https_name(url))?
}

impl Source {
    /// The source of a policy's filter; none where the code is of the catalogue. `again` tells this
    /// generation of the policy from others.
    ///
    /// # Errors
    /// It is none, or not allowed.
    pub fn of(
        code: &Code,
        namespace: &str,
        again: &str,
        allowed: &AllowedCode,
    ) -> Result<Option<Self>, Trouble> {
        match (code.kind, &code.http, &code.image) {
            (CodeType::Catalog, ..) => Ok(None),
            (CodeType::HTTP, Some(http), _) => {
                let url = Url::parse(&http.url);
                let url = url.map_err(|why| invalid(format!("http.url: {why}")))?;
                let name = name(&url).unwrap_or_else(|| http.url.clone());
                AllowedCode::check("http.url", &name, allowed.url(&url))?;
                if url.scheme() == "http" && http.sha256.is_none() {
                    let why = "http.sha256: expected the module's digest: nothing else says that \
                               what comes over plain HTTP is what was meant";
                    return Err(invalid(why.to_owned()));
                }
                let place = Place::Http { url: url.into() };
                let anew = code.pull_policy == Some(PullPolicy::Always);
                let again = (anew && http.sha256.is_none()).then(|| again.to_owned());
                Ok(Some(Self {
                    namespace: namespace.to_owned(),
                    place,
                    sha256: digits("http", http.sha256.as_ref())?,
                    authority: authority("http", http.tls.as_ref(), namespace)?,
                    again,
                }))
            }
            (CodeType::Image, _, Some(image)) => {
                let reference = image.url.strip_prefix("oci://").unwrap_or(&image.url);
                let reference = reference.parse::<Reference>();
                let reference = reference.map_err(|why| invalid(format!("image.url: {why}")))?;
                let registry = reference.registry();
                AllowedCode::check("image.url", registry, allowed.registry(registry))?;
                let unpinned = reference.digest().is_none();
                let latest = unpinned && reference.tag().is_none_or(|tag| tag == "latest");
                let anew = code.pull_policy.unwrap_or(match latest {
                    true => PullPolicy::Always,
                    false => PullPolicy::IfNotPresent,
                });
                let pinned = image.sha256.is_some() || !unpinned;
                let again = (anew == PullPolicy::Always && !pinned).then(|| again.to_owned());
                let secret = image.pull_secret_ref.as_ref();
                let secret = secret.map(|secret| {
                    let found = local("image.pullSecretRef", secret, namespace, &["Secret"]);
                    found.map(|(_, name)| name)
                });
                let place = Place::Image {
                    url: reference.to_string(),
                    secret: secret.transpose()?,
                };
                Ok(Some(Self {
                    namespace: namespace.to_owned(),
                    place,
                    sha256: digits("image", image.sha256.as_ref())?,
                    authority: authority("image", image.tls.as_ref(), namespace)?,
                    again,
                }))
            }
            (CodeType::HTTP, None, _) => Err(invalid("http: expected for this type".to_owned())),
            (CodeType::Image, _, None) => Err(invalid("image: expected for this type".to_owned())),
        }
    }

    /// The place, for people.
    pub fn shown(&self) -> &str {
        match &self.place {
            Place::Http { url } | Place::Image { url, .. } => url,
        }
    }
}

fn invalid(why: String) -> Trouble {
    Trouble::refused("InvalidCode", why)
}

fn digits(place: &str, sha256: Option<&String>) -> Result<Option<String>, Trouble> {
    let right = |text: &&String| {
        let digits = text.bytes().filter(u8::is_ascii_hexdigit);
        text.len() == 64 && digits.count() == 64
    };
    match sha256 {
        None => Ok(None),
        Some(text) if right(&text) => Ok(Some(text.to_ascii_lowercase())),
        Some(_) => Err(invalid(format!(
            "{place}.sha256: expected 64 hexadecimal digits"
        ))),
    }
}

fn authority(
    place: &str,
    tls: Option<&Tls>,
    namespace: &str,
) -> Result<Option<Authority>, Trouble> {
    let Some(tls) = tls else {
        return Ok(None);
    };
    let path = format!("{place}.tls.caCertificateRef");
    let kinds = ["ConfigMap", "Secret"];
    let (kind, name) = local(&path, &tls.ca_certificate_ref, namespace, &kinds)?;
    Ok(Some(match kind {
        "ConfigMap" => Authority::ConfigMap(name),
        _ => Authority::Secret(name),
    }))
}

/// The kind and name of an object in the policy's own namespace.
fn local(
    path: &str,
    object: &ObjectRef,
    namespace: &str,
    kinds: &[&'static str],
) -> Result<(&'static str, String), Trouble> {
    let kind = object.kind.as_deref().unwrap_or("Secret");
    let core = object.group.as_deref().unwrap_or_default().is_empty();
    let known = kinds.iter().find(|known| core && **known == kind);
    let kind = known.ok_or_else(|| {
        let kinds = kinds.join(" or ");
        invalid(format!("{path}: expected a {kinds}"))
    })?;
    match object
        .namespace
        .as_deref()
        .filter(|other| *other != namespace)
    {
        Some(other) => Err(Trouble::refused(
            "RefNotPermitted",
            format!("{path}.namespace: expected the policy's own: found `{other}`"),
        )),
        None => Ok((*kind, object.name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn allowed(given: &[&str]) -> AllowedCode {
        let given: Vec<_> = given.iter().map(ToString::to_string).collect();
        AllowedCode::read(&given).unwrap()
    }

    fn of(code: Value, allowed: &AllowedCode) -> Result<Option<Source>, String> {
        let code = serde_json::from_value(code).unwrap();
        Source::of(&code, "shop", "orders/1", allowed).map_err(|why| why.message)
    }

    #[test]
    fn only_what_is_named_is_allowed() {
        let some = allowed(&[
            "registry.example.com",
            "files.example.com:8443",
            "plain:80",
            "10.0.0.1:5000",
        ]);
        for (url, expected) in [
            ("https://registry.example.com/a", true),
            ("https://REGISTRY.example.com:443/a", true),
            ("https://registry.example.com:444/a", false),
            ("http://registry.example.com/a", false),
            ("https://registry.example.com.evil.com/a", false),
            ("https://xregistry.example.com/a", false),
            ("https://registry.example.com@evil.com/a", false),
            ("https://a@registry.example.com/a", false),
            ("https://evil.com/registry.example.com", false),
            ("https://evil.com#registry.example.com", false),
            ("https://evil.com\\@registry.example.com/", false),
            ("https://files.example.com:8443/a", true),
            ("https://files.example.com/a", false),
            ("http://plain/a", true),
            ("http://plain:81/a", false),
            ("ftp://plain:80/a", false),
            ("file:///etc/passwd", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(some.url(&url), expected, "{url}");
        }
        for (registry, expected) in [
            ("registry.example.com", true),
            ("10.0.0.1:5000", true),
            ("10.0.0.1:50000", false),
            ("10.0.0.1", false),
            ("registry.example.com.evil.com", false),
        ] {
            assert_eq!(some.registry(registry), expected, "{registry}");
        }
        assert!(!AllowedCode::default().registry("registry.example.com"));
    }

    #[test]
    fn what_is_no_host_is_no_entry() {
        for given in [
            "",
            "https://a",
            "a/b",
            "*.example.com",
            "a@b",
            "a:b",
            "a:99999",
        ] {
            let given = given.to_owned();
            assert!(
                AllowedCode::read(std::slice::from_ref(&given)).is_err(),
                "{given}"
            );
        }
    }

    #[test]
    fn a_source_is_what_the_policy_says() {
        let some = allowed(&["a.example.com"]);
        let sha = "AB".repeat(32);
        let image = json!({"type": "Image", "image": {
            "url": "a.example.com/x:1", "sha256": sha,
            "pullSecretRef": {"name": "pull"},
            "tls": {"caCertificateRef": {"kind": "ConfigMap", "name": "ca"}},
        }});
        let source = of(image, &some).unwrap().unwrap();
        assert_eq!(source.sha256, Some("ab".repeat(32)));
        assert_eq!(source.authority, Some(Authority::ConfigMap("ca".into())));
        let secret = Some("pull".to_owned());
        let url = "a.example.com/x:1".to_owned();
        assert_eq!(source.place, Place::Image { url, secret });
        assert_eq!(source.again, None);
        let http = json!({"type": "HTTP", "pullPolicy": "Always", "http": {"url": "https://a.example.com/x"}});
        let source = of(http, &some).unwrap().unwrap();
        assert_eq!(source.again.as_deref(), Some("orders/1"));
        let latest = json!({"type": "Image", "image": {"url": "a.example.com/x"}});
        let source = of(latest, &some).unwrap().unwrap();
        assert_eq!(source.again.as_deref(), Some("orders/1"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_path() {
        let some = allowed(&["a.example.com", "a.example.com:80"]);
        for (code, why) in [
            (
                json!({"type": "HTTP", "http": {"url": "https://b.example.com/x"}}),
                "http.url: modules may not come from `b.example.com`",
            ),
            (
                json!({"type": "Image", "image": {"url": "cors:1"}}),
                "image.url: modules may not come from `docker.io`",
            ),
            (
                json!({"type": "HTTP", "http": {"url": "http://a.example.com/x"}}),
                "http.sha256: expected",
            ),
            (
                json!({"type": "HTTP", "http": {"url": "https://a.example.com/x", "sha256": "12"}}),
                "http.sha256: expected 64",
            ),
            (json!({"type": "HTTP", "http": {"url": "x"}}), "http.url: "),
            (
                json!({"type": "Image", "image": {"url": "a.example.com/X"}}),
                "image.url: ",
            ),
            (
                json!({"type": "Image", "image": {"url": "a.example.com/x", "pullSecretRef": {"name": "a", "namespace": "other"}}}),
                "image.pullSecretRef.namespace: expected",
            ),
            (
                json!({"type": "Image", "image": {"url": "a.example.com/x", "tls": {"caCertificateRef": {"kind": "ClusterTrustBundle", "name": "a"}}}}),
                "image.tls.caCertificateRef: expected a ConfigMap or Secret",
            ),
        ] {
            let found = of(code, &some).unwrap_err();
            assert!(found.starts_with(why), "{found}");
        }
    }
}
