//! What the tests run on: Envoy, the built modules and the catalogue.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use hachure_catalog::Entry;
use hachure_envoy::{Binary, Bootstrap, Options, Process, WasmFilter};
use serde_json::Value;
use tempfile::TempDir;

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("e2e lies in the repository")
}

/// The Envoy to test with.
pub fn envoy() -> Binary {
    Binary::find(None).unwrap_or_else(|why| {
        panic!("{why}; for these tests name in ENVOY what `cargo xtask tools envoy` prints")
    })
}

/// What `variable` of the environment names: where `cargo xtask tools` has put `tool`.
pub fn tool(variable: &str, tool: &str) -> PathBuf {
    crate::services::program::named(variable, tool)
}

/// A port of 127.0.0.1 on which nothing listens.
pub fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// The names of all filters, sorted.
pub fn filters() -> Vec<String> {
    let mut names = folders_with(&repository().join("filters"), "filter.yaml");
    names.sort();
    names
}

/// The names of the folders in `parent` that have an entry of that name.
fn folders_with(parent: &Path, entry: &str) -> Vec<String> {
    let folders = fs::read_dir(parent)
        .expect("the folders")
        .map(|folder| folder.expect("one").path());
    folders
        .filter(|path| path.join(entry).exists())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into())
        .collect()
}

/// The modules for tests (`e2e/modules`) that have cases, sorted.
pub fn modules_with_cases() -> Vec<String> {
    let mut names = folders_with(&repository().join("e2e/modules"), "cases");
    names.sort();
    names
}

/// The folder of a filter, or that of a module for tests.
pub fn folder(filter: &str) -> PathBuf {
    let folders = ["e2e/modules", "filters"].map(|folder| repository().join(folder).join(filter));
    let [of_a_test, of_the_catalogue] = folders;
    match of_a_test.is_dir() {
        true => of_a_test,
        false => of_the_catalogue,
    }
}

/// The catalogue entry of a filter, or that of a module for tests.
pub fn entry(filter: &str) -> Entry {
    let file = folder(filter).join("filter.yaml");
    let text = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    Entry::parse(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// The built module of a filter.
pub fn module(filter: &str) -> PathBuf {
    let file = repository().join(format!("target/modules/{filter}.wasm"));
    assert!(
        file.is_file(),
        "{} is not there: cargo xtask build {filter}",
        file.display()
    );
    file
}

/// An instance of a filter from its built module.
pub fn wasm(filter: &str, instance: &str, config: Value) -> WasmFilter {
    WasmFilter::new(&entry(filter), instance, module(filter), config)
}

/// A running Envoy and the folder of its files, which goes with it.
pub struct Running {
    /// The process.
    pub process: Process,
    _folder: TempDir,
}

/// Starts Envoy.
pub fn start(bootstrap: &Bootstrap, workers: u32) -> Running {
    start_with(bootstrap, |options| options.concurrency(workers))
}

/// Starts it with other options.
pub fn start_with(bootstrap: &Bootstrap, options: impl FnOnce(Options) -> Options) -> Running {
    let folder = scratch();
    let options = options(Options::new(folder.path()));
    let process = Process::start(&envoy(), bootstrap, &options)
        .unwrap_or_else(|why| panic!("Envoy does not start: {why}"));
    Running {
        process,
        _folder: folder,
    }
}

/// A folder for one test.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a folder for the test's files")
}
