//! The names of Services, as files of hosts: a Pod of a namespace sees that of its namespace.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::read::text;

pub(super) struct Names {
    folder: PathBuf,
}

impl Names {
    pub(super) fn new(folder: &Path) -> Self {
        let folder = folder.join("hosts");
        fs::create_dir(&folder).expect("a folder for hosts");
        Self { folder }
    }

    /// The file of a namespace, which is rewritten in place when Services come or go.
    pub(super) fn file(&self, namespace: &str) -> PathBuf {
        let file = self.folder.join(namespace);
        if !file.is_file() {
            fs::write(&file, "127.0.0.1 localhost\n").expect("hosts");
        }
        file
    }

    pub(super) fn write(&self, services: &[Value]) {
        let mut namespaces: BTreeSet<_> = services
            .iter()
            .map(|service| text(service, "/metadata/namespace").to_owned())
            .collect();
        // Those of Pods, with Services or not.
        for file in fs::read_dir(&self.folder).expect("hosts").flatten() {
            namespaces.insert(file.file_name().to_string_lossy().into_owned());
        }
        for namespace in namespaces {
            let hosts = hosts(services, &namespace);
            let file = self.file(&namespace);
            if fs::read_to_string(&file).is_ok_and(|now| now != hosts) {
                fs::write(&file, hosts).expect("hosts");
            }
        }
    }
}

fn hosts(services: &[Value], from: &str) -> String {
    let mut hosts = "127.0.0.1 localhost\n".to_owned();
    for service in services {
        let address = text(service, "/spec/clusterIP");
        if address.is_empty() || address == "None" {
            continue;
        }
        let name = text(service, "/metadata/name");
        let full = format!("{name}.{}", text(service, "/metadata/namespace"));
        let near = if text(service, "/metadata/namespace") == from {
            name
        } else {
            ""
        };
        let _ = writeln!(
            hosts,
            "{address} {full}.svc.cluster.local {full}.svc {full} {near}"
        );
    }
    hosts
}
