//! One container: its image's files and its mounts in a mount namespace, and its process.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_envoy::Child;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::image::Image;
use super::read::{list, number, text};
use super::sandbox::{self, Sandbox};
use super::variables::{environment, expand};

const POLL: Duration = Duration::from_millis(20);
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Builds the root out of `ro|rw SOURCE TARGET` up to `--`, then runs the rest as the user. What is
/// mounted goes with the process.
const SCRIPT: &str = r#"
set -e
root=$1 write=$2 user=$3
shift 3
mount -t tmpfs -o mode=755 container "$root"
mkdir -p "$root/proc" "$root/dev/shm" "$root/etc" "$root/tmp" "$root/run"
chmod 1777 "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
while [ "$1" != -- ]; do
  if [ -L "$2" ]; then
    cp -P "$2" "$root$3"
  else
    if [ -d "$2" ]; then
      mkdir -p "$root$3"
    else
      mkdir -p "$(dirname "$root$3")"
      : >"$root$3"
    fi
    mount --bind "$2" "$root$3"
    [ "$1" = rw ] || mount -o remount,bind,ro "$root$3"
  fi
  shift 3
done
shift
[ "$write" = rw ] || mount -o remount,ro "$root"
exec chroot --userspec="$user" "$root" "$@"
"#;

/// What a container is made of.
pub(super) struct Plan<'a> {
    pub(super) pod: &'a Value,
    pub(super) container: &'a Value,
    pub(super) image: &'a Image,
    pub(super) sandbox: &'a Sandbox,
    /// The folders of volumes, by name.
    pub(super) volumes: &'a Path,
    pub(super) account: Option<&'a Path>,
    pub(super) hosts: PathBuf,
    /// An empty folder for its root.
    pub(super) root: PathBuf,
    pub(super) log: PathBuf,
}

pub(super) struct Container {
    child: Child,
}

impl Container {
    pub(super) fn start(plan: &Plan<'_>) -> Self {
        let command = command(plan);
        let child = spawn(command, &plan.log);
        Self { child }
    }

    /// How it ended.
    pub(super) fn ended(&self) -> Option<ExitStatus> {
        self.child.ended()
    }

    /// Runs a command in it and waits for its end.
    pub(super) fn run(&self, arguments: &[Value]) {
        let process = sandbox::child(self.child.id());
        let Some(process) = process.filter(|_| !arguments.is_empty()) else {
            return;
        };
        let mut command = Command::new("nsenter");
        command.args(["--target", &process.to_string()]);
        command.args(["--net", "--pid", "--mount", "--root", "--wd=/"]);
        command.args(arguments.iter().filter_map(Value::as_str));
        // As a kubelet: whatever comes of it, the container is asked to end then.
        let _ = command.env_clear().output();
    }

    /// Asks it to end.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(process) = sandbox::child(self.child.id()) {
            sandbox::signal(process, signal);
        }
    }

    /// Waits for its end until `deadline`, then forces it.
    pub(super) fn wait(&self, deadline: Instant) {
        while self.ended().is_none() {
            if Instant::now() >= deadline {
                self.signal(Signal::KILL);
            }
            sleep(POLL);
        }
    }
}

fn spawn(mut command: Command, log: &Path) -> Child {
    Child::capture(&mut command, log).expect("a log");
    // Envoy opens /dev/stdout, as whatever user it is.
    fs::set_permissions(log, fs::Permissions::from_mode(0o666)).expect("a log");
    Child::spawn(command).expect("nsenter")
}

fn command(plan: &Plan<'_>) -> Command {
    let variables = environment(plan.container, plan.pod, plan.sandbox.address);
    let mut command = plan.sandbox.command();
    command.args(["sh", "-c", SCRIPT, "container"]);
    command.arg(&plan.root);
    let read_only = plan
        .container
        .pointer("/securityContext/readOnlyRootFilesystem");
    let read_only = read_only == Some(&json!(true));
    command.arg(if read_only { "ro" } else { "rw" });
    command.arg(user(plan)).args(mounts(plan)).arg("--");
    let given = |member: &str| list(plan.container, member).to_vec();
    let (program, arguments) = (given("/command"), given("/args"));
    if program.is_empty() {
        command.args(&plan.image.entrypoint);
    }
    for argument in program.iter().chain(&arguments) {
        command.arg(expand(argument.as_str().unwrap_or_default(), &variables));
    }
    // The programs that build the root are this machine's: the variables name folders that both
    // have.
    command.env_clear().envs(variables);
    command
}

/// The container's user and group, or the Pod's; root where neither says.
fn user(plan: &Plan<'_>) -> String {
    let of = |member: &str| {
        let own = number(plan.container, &format!("/securityContext/{member}"));
        own.or_else(|| number(plan.pod, &format!("/spec/securityContext/{member}")))
            .unwrap_or(0)
    };
    format!("{}:{}", of("runAsUser"), of("runAsGroup"))
}

/// `ro|rw SOURCE TARGET`, outer ones first.
fn mounts(plan: &Plan<'_>) -> Vec<OsString> {
    let image = plan.image.files.iter();
    let mut mounts: Vec<(String, &str, PathBuf)> = image
        .map(|(source, at)| (at.clone(), "ro", source.clone()))
        .collect();
    mounts.push(("/etc/hosts".into(), "ro", plan.hosts.clone()));
    if let Some(account) = plan.account {
        mounts.push((ACCOUNT.into(), "ro", account.into()));
    }
    for mount in list(plan.container, "/volumeMounts") {
        let read_only = mount.get("readOnly") == Some(&json!(true));
        let mode = if read_only { "ro" } else { "rw" };
        let source = plan.volumes.join(text(mount, "/name"));
        let source = source.join(text(mount, "/subPath"));
        mounts.push((text(mount, "/mountPath").to_owned(), mode, source));
    }
    mounts.sort();
    let parts = mounts
        .into_iter()
        .flat_map(|(at, mode, source)| [mode.into(), source.into_os_string(), at.into()]);
    parts.collect()
}
