//! Modules as OCI images, to and from a real registry.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hachure_e2e::services::Registry;
use hachure_e2e::setup;
use hachure_oci::{Credentials, Error, Reference, credentials};

const LIMIT: u64 = 1024 * 1024;

fn hachure(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "hachure", "--"]);
    command.args(arguments).env("HOME", "/nonexistent");
    command.output().unwrap()
}

fn told(output: Output) -> String {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert!(output.status.success(), "{}", text(output.stderr));
    text(output.stdout).trim_end().to_owned()
}

fn push(registry: &Registry, folder: &Path, name: &str, config: &Path) -> Output {
    let text = |path: &Path| path.display().to_string();
    let (folder, config) = (text(folder), text(config));
    let authority = text(&registry.authority_file());
    let arguments = ["--authority", &authority, "--config", &config];
    hachure(&[&["push", &folder, name], &arguments[..]].concat())
}

fn pull(
    registry: &Registry,
    name: &str,
    pinned: Option<&str>,
    credentials: &Credentials,
    limit: u64,
) -> Result<hachure_oci::Pulled, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let client = hachure_oci::Registry::new(Some(registry.authority().as_bytes()))?;
    let name: Reference = name.parse().unwrap();
    let pulled = client.pull(&name, pinned, credentials, limit);
    runtime.unwrap().block_on(pulled)
}

#[test]
fn what_is_packaged_and_pushed_is_pulled_again() {
    let registry = Registry::start();
    let file = setup::module("cors");
    let module = fs::read(&file).unwrap();
    let config = fs::read(registry.config_file()).unwrap();
    let shown = credentials(&config, &registry.name()).unwrap();
    let folder = setup::scratch();
    for (form, option) in [("image", None), ("artifact", Some("--artifact"))] {
        let into = folder.path().join(form);
        let paths = [&file, &into].map(|path| path.display().to_string());
        let [file, layout] = &paths;
        let mut arguments = vec!["package", file, "--into", layout];
        arguments.extend(option);
        let digest = told(hachure(&arguments));
        let name = format!("{}/filters/cors:{form}", registry.name());
        let pushed = told(push(&registry, &into, &name, &registry.config_file()));
        assert_eq!(pushed, format!("{}/filters/cors@{digest}", registry.name()));
        // It is there already.
        told(push(&registry, &into, &name, &registry.config_file()));
        let digits = digest.strip_prefix("sha256:").unwrap();
        for pinned in [None, Some(digits)] {
            let pulled = pull(&registry, &name, pinned, &shown, LIMIT).unwrap();
            assert_eq!((pulled.module == module, &pulled.digest), (true, &digest));
        }
        let small = pull(&registry, &name, None, &shown, 1000).unwrap_err();
        assert_eq!(small.to_string(), "the module has more than 1000 bytes");
        let other = "0".repeat(64);
        let other = pull(&registry, &name, Some(&other), &shown, LIMIT).unwrap_err();
        assert!(matches!(&other, Error::Registry(_)), "{other}");
    }
}

#[test]
fn without_the_password_or_the_authority_nothing_is_taken_or_given() {
    let registry = Registry::start();
    let folder = setup::scratch();
    let into = folder.path().join("image");
    let paths = [&setup::module("cors"), &into].map(|path| path.display().to_string());
    let [file, layout] = &paths;
    told(hachure(&["package", file, "--into", layout]));
    let wrong = folder.path().join("wrong.json");
    fs::write(&wrong, registry.wrong_config().to_string()).unwrap();
    let name = format!("{}/cors:1", registry.name());
    for config in ["{}", &registry.wrong_config().to_string()] {
        fs::write(&wrong, config).unwrap();
        let refused = push(&registry, &into, &name, &wrong);
        let why = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{why}");
        assert!(why.contains("ot authorized"), "{why}");
        assert!(!why.contains("another"), "the password is told: {why}");
        let shown = credentials(config.as_bytes(), &registry.name()).unwrap();
        let why = pull(&registry, &name, None, &shown, LIMIT).unwrap_err();
        assert!(why.to_string().contains("ot authorized"), "{why}");
    }
    let config = registry.config_file().display().to_string();
    let untrusted = hachure(&["push", layout, &name, "--config", &config]);
    let why = String::from_utf8(untrusted.stderr).unwrap();
    assert!(why.contains("certificate"), "{why}");
}
