//! A container's environment, and `$(NAME)` in its command.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::read::{list, text};

/// Where an image looks for programs.
const PATH: &str = "/bin:/usr/local/bin:/usr/bin:/sbin:/usr/sbin";

/// The variables of a container, in order. Those from Secrets and ConfigMaps are not read.
pub(super) fn environment(
    container: &Value,
    pod: &Value,
    address: Ipv4Addr,
) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = [
        ("PATH", PATH),
        ("HOME", "/"),
        ("HOSTNAME", text(pod, "/metadata/name")),
        ("KUBERNETES_SERVICE_HOST", crate::cluster::IN_CLUSTER),
        ("KUBERNETES_SERVICE_PORT", "443"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for variable in list(container, "/env") {
        let value = match text(variable, "/valueFrom/fieldRef/fieldPath") {
            "" => expand(text(variable, "/value"), &variables),
            "status.podIP" => address.to_string(),
            path => text(pod, &format!("/{}", path.replace('.', "/"))).to_owned(),
        };
        variables.push((text(variable, "/name").to_owned(), value));
    }
    variables
}

/// A text with the values of the variables that it names as `$(NAME)`; others stay as they are.
pub(super) fn expand(text: &str, variables: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables {
        text = text.replace(&format!("$({name})"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_of_a_pod() {
        let pod = json!({"metadata": {"name": "a", "namespace": "n"}});
        let container = json!({"env": [
            {"name": "NS", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "BOTH", "value": "$(NS)/$(IP)/$(OTHER)"},
        ]});
        let variables = environment(&container, &pod, Ipv4Addr::new(10, 97, 1, 0));
        assert_eq!(
            expand("--x=$(BOTH)", &variables),
            "--x=n/10.97.1.0/$(OTHER)"
        );
    }
}
