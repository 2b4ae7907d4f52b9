//! Secrets and certificates that a source names, read one by one when they are needed and not kept.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client};

use crate::modules::Trouble;
use crate::modules::source::Authority;

const PULL_SECRET: &str = "kubernetes.io/dockerconfigjson";
const PULL_KEY: &str = ".dockerconfigjson";
const AUTHORITY_KEY: &str = "ca.crt";

/// The content of a pull Secret.
pub(super) async fn pull_secret(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Vec<u8>, Trouble> {
    let secret = secret(client, namespace, name).await?;
    if secret.type_.as_deref() != Some(PULL_SECRET) {
        let why = format!("the Secret {namespace}/{name} is not of the type {PULL_SECRET}");
        return Err(Trouble::passing("InvalidRef", why));
    }
    key(secret, namespace, name, PULL_KEY)
}

/// The certificates of an authority: PEM.
pub(super) async fn authority(
    client: &Client,
    namespace: &str,
    authority: &Authority,
) -> Result<Vec<u8>, Trouble> {
    match authority {
        Authority::Secret(name) => {
            let secret = secret(client, namespace, name).await?;
            key(secret, namespace, name, AUTHORITY_KEY)
        }
        Authority::ConfigMap(name) => {
            let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
            let map = api.get_opt(name).await.map_err(unread)?;
            let map = map.ok_or_else(|| missing("ConfigMap", namespace, name))?;
            let text = map.data.and_then(|mut data| data.remove(AUTHORITY_KEY));
            let text = text.ok_or_else(|| no_key("ConfigMap", namespace, name, AUTHORITY_KEY))?;
            Ok(text.into_bytes())
        }
    }
}

async fn secret(client: &Client, namespace: &str, name: &str) -> Result<Secret, Trouble> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = api.get_opt(name).await.map_err(unread)?;
    secret.ok_or_else(|| missing("Secret", namespace, name))
}

fn key(secret: Secret, namespace: &str, name: &str, key: &str) -> Result<Vec<u8>, Trouble> {
    let bytes = secret.data.and_then(|mut data| data.remove(key));
    let bytes = bytes.ok_or_else(|| no_key("Secret", namespace, name, key))?;
    Ok(bytes.0)
}

fn unread(why: kube::Error) -> Trouble {
    Trouble::passing("InvalidRef", format!("the API server: {why}"))
}

fn missing(kind: &str, namespace: &str, name: &str) -> Trouble {
    Trouble::passing(
        "InvalidRef",
        format!("there is no {kind} {namespace}/{name}"),
    )
}

fn no_key(kind: &str, namespace: &str, name: &str, key: &str) -> Trouble {
    let why = format!("the {kind} {namespace}/{name} has no key `{key}`");
    Trouble::passing("InvalidRef", why)
}
