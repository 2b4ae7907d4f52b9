//! Modules that Envoy Gateway pulls from a registry.

use std::fs;

use hachure_e2e::command::printed;
use hachure_e2e::services::Registry;
use hachure_e2e::setup;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, Stage, get};

/// The password as a Secret, and the authority as a ConfigMap.
fn access(registry: &Registry, name: &str, config: &str) -> [Value; 2] {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"namespace": NAMESPACE, "name": name},
        "stringData": {".dockerconfigjson": config},
    });
    let authority = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": NAMESPACE, "name": name},
        "data": {"ca.crt": registry.authority()},
    });
    [secret, authority]
}

/// An image that `hachure push` has put into a registry with TLS of its own and a password, in both
/// forms that Envoy Gateway reads.
pub(crate) fn a_module_comes_from_a_registry_with_a_password(stage: &mut Stage) {
    let registry = Registry::start();
    let folder = setup::scratch();
    let text = |path: &std::path::Path| path.display().to_string();
    let module = text(&setup::module("header-mutation"));
    let config = fs::read_to_string(registry.config_file()).unwrap();
    let access = access(&registry, "registry", &config);
    access.iter().for_each(|object| stage.cluster.apply(object));
    let route = stage.route("images");
    stage.cluster.apply(&route);
    for (form, option) in [("image", None), ("artifact", Some("--artifact"))] {
        let layout = text(&folder.path().join(form));
        let mut arguments = vec!["package", &module, "--into", &layout];
        arguments.extend(option);
        let digest = printed(&arguments);
        let digest = digest.trim_end().strip_prefix("sha256:").unwrap();
        let name = format!("{}/filters/header-mutation:{form}", registry.name());
        let (authority, shown) = (
            text(&registry.authority_file()),
            text(&registry.config_file()),
        );
        printed(&[
            "push",
            &layout,
            &name,
            "--authority",
            &authority,
            "--config",
            &shown,
        ]);
        let mut policy = stage.header_policy("images", form);
        policy["spec"]["wasm"][0]["code"] = json!({
            "type": "Image",
            "image": {
                "url": name,
                "sha256": digest,
                "pullSecretRef": {"name": "registry"},
                "tls": {"caCertificateRef": {"group": "", "kind": "ConfigMap", "name": "registry"}},
            },
        });
        stage.cluster.apply(&policy);
        stage.until_condition(&policy, "Accepted", "True");
        stage.until(&get("images.example.com"), |answer| {
            answer.text("x-policy") == form
        });
        stage.cluster.delete(&policy);
    }
    stage.cluster.delete(&route);
    access
        .iter()
        .for_each(|object| stage.cluster.delete(object));
}
