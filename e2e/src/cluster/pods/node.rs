//! What all Pods share: the API server, images, names, folders, addresses.

use std::collections::VecDeque;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use tempfile::TempDir;

use super::image::Images;
use super::names::Names;
use crate::cluster::Cluster;
use crate::cluster::api::Api;
use crate::setup::scratch;

/// How many remarks are kept, and how many lines of a log are shown, where a test fails.
const TAIL: usize = 25;

pub(super) struct Node {
    pub(super) api: Api,
    pub(super) images: Images,
    pub(super) names: Names,
    /// The certificate of the API server's authority.
    pub(super) authority: String,
    folder: TempDir,
    next: AtomicU16,
    over: AtomicBool,
    said: Mutex<VecDeque<String>>,
}

impl Node {
    pub(super) fn new(cluster: &Cluster, images: Images) -> Self {
        let folder = scratch();
        let authority = fs::read_to_string(cluster.folder.path().join("ca.pem"));
        fs::create_dir(folder.path().join("logs")).expect("a folder for logs");
        Self {
            api: cluster.api.clone(),
            images,
            names: Names::new(folder.path()),
            authority: authority.expect("the authority"),
            folder,
            next: AtomicU16::new(0),
            over: AtomicBool::new(false),
            said: Mutex::default(),
        }
    }

    /// An address that no Pod has had yet.
    pub(super) fn address(&self) -> Ipv4Addr {
        let [high, low] = (self.next.fetch_add(1, Ordering::Relaxed) + 256).to_be_bytes();
        Ipv4Addr::new(10, 97, high, low)
    }

    /// A number that nothing else has.
    pub(super) fn number(&self) -> u16 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The whole cluster ends: nothing has time for a graceful end.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// A folder for a Pod's files.
    pub(super) fn pod_folder(&self, pod: &str) -> PathBuf {
        let folder = self
            .folder
            .path()
            .join("pods")
            .join(format!("{pod}-{}", self.number()));
        fs::create_dir_all(&folder).expect("a folder for a Pod");
        folder
    }

    /// Where a container writes what it says.
    pub(super) fn log(&self, pod: &str, container: &str, restarts: u64) -> PathBuf {
        self.log_folder()
            .join(format!("{pod}.{container}.{restarts}"))
    }

    fn log_folder(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    /// Remembers what did not work, for a test that fails.
    pub(super) fn say(&self, what: &str) {
        let mut said = self.said.lock().expect("remarks");
        if !said.iter().any(|known| known == what) {
            said.push_back(what.to_owned());
        }
        if said.len() > TAIL {
            said.pop_front();
        }
    }

    fn log_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.log_folder()).expect("logs").flatten();
        let mut files: Vec<_> = files.map(|file| file.path()).collect();
        files.sort();
        files
    }

    pub(super) fn logs(&self, pod: &str) -> String {
        let files = self
            .log_files()
            .into_iter()
            .filter(|file| name(file).starts_with(pod));
        files
            .map(|file| fs::read_to_string(file).unwrap_or_default())
            .collect()
    }

    pub(super) fn show_logs(&self) {
        for file in self.log_files() {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            let tail = &lines[lines.len().saturating_sub(TAIL)..];
            eprintln!(
                "the end of the log of {}:\n{}\n",
                name(&file),
                tail.join("\n")
            );
        }
        for remark in self.said.lock().expect("remarks").iter() {
            eprintln!("Pods: {remark}");
        }
    }
}

fn name(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into()
}
