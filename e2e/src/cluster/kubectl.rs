//! `kubectl`, with which people do what the documentation says.

use std::process::Command;

use super::Cluster;
use crate::services::program::named;
use crate::setup::repository;

impl Cluster {
    /// Runs a command line of `kubectl` as it stands in the documentation, in the repository's root,
    /// and returns what it prints.
    ///
    /// # Panics
    /// It fails.
    pub fn kubectl(&self, line: &str) -> String {
        self.try_kubectl(line).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The same; the error is what it says.
    ///
    /// # Errors
    /// It fails.
    pub fn try_kubectl(&self, line: &str) -> Result<String, String> {
        let mut command = Command::new(named("KUBECTL", "kubectl"));
        command
            .args(line.split_whitespace())
            .current_dir(repository());
        command.env("KUBECONFIG", self.kubeconfig());
        let output = command.output().expect("kubectl");
        let [printed, said] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match output.status.success() {
            true => Ok(printed),
            false => Err(format!("kubectl {line}: {said}")),
        }
    }
}
