//! Which cases share an Envoy, and the Envoy that runs now.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hachure_e2e::cases::CaseFile;
use hachure_e2e::cases::envoy_gateway::{EnvoyGatewayBench, EnvoyGatewayCases, cannot_run};
use hachure_e2e::cluster::Cluster;

/// A Gateway has at most 64 listeners, and a case needs two or three at most.
const SIZE: usize = 24;

/// The cases that can run, in batches of one filter.
pub(crate) fn batches(files: &[CaseFile]) -> Vec<Vec<CaseFile>> {
    let mut batches: Vec<Vec<CaseFile>> = vec![];
    let runnable = files.iter().filter(|file| cannot_run(file).is_none());
    let (alone, together): (Vec<_>, Vec<_>) = runnable.partition(|file| file.stands_alone());
    for file in together {
        match batches.last_mut() {
            Some(batch) if batch.len() < SIZE && batch[0].filter == file.filter => {
                batch.push(file.clone());
            }
            _ => batches.push(vec![file.clone()]),
        }
    }
    batches.extend(alone.into_iter().map(|file| vec![file.clone()]));
    batches
}

/// All of them, of which one has an Envoy.
pub(crate) struct Batches {
    running: Option<(usize, EnvoyGatewayBench)>,
    platform: Option<Arc<EnvoyGatewayCases>>,
    files: Arc<[CaseFile]>,
}

impl Batches {
    pub(crate) fn new(files: Arc<[CaseFile]>) -> Self {
        Self {
            running: None,
            platform: None,
            files,
        }
    }

    /// Runs a case of the batch of that number.
    pub(crate) fn run(&mut self, number: usize, file: &CaseFile) -> Result<(), Vec<String>> {
        if self
            .running
            .as_ref()
            .is_none_or(|(running, _)| *running != number)
        {
            self.running = None;
            let files = Arc::clone(&self.files);
            let start = || Arc::new(EnvoyGatewayCases::start(Cluster::start(), &files));
            let platform = self.platform.get_or_insert_with(start);
            let batch = batches(&files).swap_remove(number);
            self.running = Some((number, platform.bench(&batch)));
        }
        let (_, bench) = self
            .running
            .as_mut()
            .ok_or_else(|| vec!["no Envoy".to_owned()])?;
        let run = catch_unwind(AssertUnwindSafe(|| bench.run(file)));
        run.unwrap_or_else(|_| Err(vec!["it panics".to_owned()]))
    }
}
