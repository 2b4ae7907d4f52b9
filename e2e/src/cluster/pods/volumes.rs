//! The volumes of a Pod, as folders of this machine. Each is filled once: what changes afterwards
//! is not seen, but for Secrets and ConfigMaps, whose folders follow them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::node::Node;
use super::read::{list, members, text};

/// How long a token of a service account serves.
const TOKEN_SECONDS: u64 = 3600 * 2;

/// Makes the folders of all volumes in `folder`, each by its name.
///
/// # Errors
/// What one comes from is not there yet.
pub(super) fn fill(node: &Node, pod: &Value, folder: &Path) -> Result<(), String> {
    for volume in list(pod, "/spec/volumes") {
        let at = folder.join(text(volume, "/name"));
        fs::create_dir_all(&at).map_err(|why| why.to_string())?;
        let sources = match volume.get("projected") {
            Some(projected) => list(projected, "/sources").to_vec(),
            None => vec![volume.clone()],
        };
        for source in sources {
            fill_from(node, pod, &source, &at)?;
        }
    }
    Ok(())
}

/// The folder with the token of the Pod's service account, where it is to be mounted.
///
/// # Errors
/// There is no such service account yet.
pub(super) fn account(node: &Node, pod: &Value, folder: &Path) -> Result<Option<PathBuf>, String> {
    if pod.pointer("/spec/automountServiceAccountToken") == Some(&json!(false)) {
        return Ok(None);
    }
    let at = folder.join("kube-api-access");
    fs::create_dir_all(&at).map_err(|why| why.to_string())?;
    write(&at, "token", token(node, pod)?.as_bytes())?;
    write(&at, "ca.crt", node.authority.as_bytes())?;
    write(
        &at,
        "namespace",
        text(pod, "/metadata/namespace").as_bytes(),
    )?;
    Ok(Some(at))
}

fn fill_from(node: &Node, pod: &Value, source: &Value, at: &Path) -> Result<(), String> {
    if source.get("emptyDir").is_some() {
        let writable = fs::Permissions::from_mode(0o777);
        return fs::set_permissions(at, writable).map_err(|why| why.to_string());
    }
    if let Some(wanted) = source.get("serviceAccountToken") {
        return write(at, text(wanted, "/path"), token(node, pod)?.as_bytes());
    }
    if let Some(wanted) = source.get("downwardAPI") {
        for item in list(wanted, "/items") {
            let field = text(item, "/fieldRef/fieldPath").replace('.', "/");
            write(
                at,
                text(item, "/path"),
                text(pod, &format!("/{field}")).as_bytes(),
            )?;
        }
        return Ok(());
    }
    for (kind, member, name) in [
        ("Secret", "secret", "secretName"),
        ("Secret", "secret", "name"),
        ("ConfigMap", "configMap", "name"),
    ] {
        let wanted = source.get(member);
        let name = wanted.map_or("", |wanted| text(wanted, &format!("/{name}")));
        if let (Some(wanted), false) = (wanted, name.is_empty()) {
            return values(node, pod, (kind, name), wanted, at);
        }
    }
    Err(format!("a volume from what is not done here: {source}"))
}

/// Writes the values of a Secret or a ConfigMap.
fn values(
    node: &Node,
    pod: &Value,
    (kind, name): (&str, &str),
    wanted: &Value,
    at: &Path,
) -> Result<(), String> {
    let metadata = json!({"namespace": pod["metadata"]["namespace"], "name": name});
    let object = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
    let object = match node.api.get(&object) {
        Err(_) if wanted.get("optional") == Some(&json!(true)) => return Ok(()),
        object => object?,
    };
    let items = list(wanted, "/items");
    for (key, value) in members(&object, "/data") {
        let item = items.iter().find(|item| text(item, "/key") == key);
        let file = match item {
            Some(item) => text(item, "/path"),
            None if items.is_empty() => key,
            None => continue,
        };
        let value = value.as_str().unwrap_or_default();
        match kind {
            "Secret" => write(at, file, &decoded(value)?)?,
            _ => write(at, file, value.as_bytes())?,
        }
    }
    Ok(())
}

fn decoded(value: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD.decode(value).map_err(|why| why.to_string())
}

fn token(node: &Node, pod: &Value) -> Result<String, String> {
    let account = match text(pod, "/spec/serviceAccountName") {
        "" => "default",
        name => name,
    };
    let metadata = json!({"namespace": pod["metadata"]["namespace"], "name": account});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
    let request = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": TOKEN_SECONDS},
    });
    let answer = node.api.post(&account, "token", &request)?;
    Ok(text(&answer, "/status/token").to_owned())
}

/// A file with its final name is complete: readers may look at any time.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let file = folder.join(name);
    if fs::read(&file).is_ok_and(|now| now == bytes) {
        return Ok(());
    }
    let unfinished = folder.join(format!(".{name}.new"));
    let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &file));
    written.map_err(|why| format!("{}: {why}", file.display()))
}
