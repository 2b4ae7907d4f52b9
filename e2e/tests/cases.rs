//! Every case and example of every filter, and of the modules for tests, in real Envoy: HTTP/1.1 and
//! HTTP/2, one worker and two, and without Envoy's crypto where a filter has signatures checked.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use hachure_e2e::cases::{Bench, CaseFile, Unreadable, of_filter};
use hachure_e2e::setup;
use hachure_envoy::Protocol;
use libtest_mimic::{Arguments, Failed, Trial};

const WAYS: [(Protocol, u32, &[&str]); 5] = [
    (Protocol::Http1, 1, &[]),
    (Protocol::Http1, 2, &[]),
    (Protocol::Http2, 1, &[]),
    (Protocol::Http2, 2, &[]),
    (Protocol::Http1, 1, HOST_CRYPTO),
];

/// What a module needs to have signatures checked by Envoy. Where it is withheld, it checks them
/// itself.
const HOST_CRYPTO: &[&str] = &["proxy_call_foreign_function"];

/// The least share of a filter's cases that must run in Envoy, in percent.
const SHARE: usize = 80;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut names = setup::filters();
    names.extend(setup::modules_with_cases());
    let filters: Vec<_> = names.into_iter().map(Filter::read).collect();
    let conclusion = libtest_mimic::run(
        &arguments,
        filters.iter().flat_map(Filter::trials).collect(),
    );
    if !arguments.list {
        filters
            .iter()
            .for_each(|filter| println!("{}", filter.summary()));
    }
    conclusion.exit_code()
}

/// A filter and its cases.
struct Filter {
    name: String,
    files: Vec<CaseFile>,
    unreadable: Vec<Unreadable>,
}

impl Filter {
    fn read(name: String) -> Self {
        let mut filter = Self {
            files: vec![],
            unreadable: vec![],
            name,
        };
        for file in of_filter(&filter.name) {
            match file {
                Ok(file) => filter.files.push(file),
                Err(unreadable) => filter.unreadable.push(unreadable),
            }
        }
        filter
    }

    fn trials(&self) -> Vec<Trial> {
        // Case by case: threads that run side by side then meet in different Envoys.
        let together = self.files.iter().filter(|file| !file.stands_alone());
        let all: Arc<[CaseFile]> = together.cloned().collect();
        let has_crypto = setup::entry(&self.name).capabilities.foreign_functions;
        let ways: Vec<_> = WAYS
            .into_iter()
            .filter(|(.., withheld)| withheld.is_empty() || has_crypto)
            .map(|way| Way::new(way, &all))
            .collect();
        let mut trials: Vec<_> = self
            .files
            .iter()
            .flat_map(|file| ways.iter().map(|way| way.trial(file)))
            .collect();
        trials.extend(self.unreadable.iter().map(|file| {
            let why = file.why.clone();
            Trial::test(format!("{}/{}", self.name, file.name), || Err(why.into()))
        }));
        trials.push(self.share());
        trials
    }

    /// How many cases cannot run in Envoy, by the reason.
    fn left_out(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        for reason in self
            .files
            .iter()
            .filter_map(|file| file.cannot_run(Protocol::Http1))
        {
            *reasons.entry(reason).or_default() += 1;
        }
        reasons
    }

    fn summary(&self) -> String {
        let (all, reasons) = (self.files.len(), self.left_out());
        let not: usize = reasons.values().sum();
        let mut line = format!("{}: {} of {all} cases run in Envoy", self.name, all - not);
        if not > 0 {
            let reasons: Vec<_> = reasons
                .iter()
                .map(|(why, n)| format!("{why} ({n})"))
                .collect();
            line.push_str(&format!("; {not} not: {}", reasons.join(", ")));
        }
        line
    }

    fn share(&self) -> Trial {
        let (line, all) = (self.summary(), self.files.len());
        let not: usize = self.left_out().values().sum();
        let name = format!(
            "{}: at least {SHARE} % of its cases run in Envoy",
            self.name
        );
        Trial::test(name, move || {
            if (all - not) * 100 >= all * SHARE {
                Ok(())
            } else {
                Err(line.into())
            }
        })
    }
}

/// An Envoy that is started by the first case that needs it, and ends with the last.
type Shared = Arc<Mutex<Option<Result<Bench, String>>>>;

/// A way to run the cases of a filter.
struct Way {
    protocol: Protocol,
    workers: u32,
    withheld: &'static [&'static str],
    all: Arc<[CaseFile]>,
    shared: Shared,
}

impl Way {
    fn new(
        (protocol, workers, withheld): (Protocol, u32, &'static [&'static str]),
        all: &Arc<[CaseFile]>,
    ) -> Self {
        Self {
            protocol,
            workers,
            withheld,
            all: Arc::clone(all),
            shared: Shared::default(),
        }
    }

    fn trial(&self, file: &CaseFile) -> Trial {
        let (protocol, workers, withheld) = (self.protocol, self.workers, self.withheld);
        let (shared, all) = (Arc::clone(&self.shared), Arc::clone(&self.all));
        let name = format!("{}/{}", file.filter, file.name);
        let elsewhere = file.case.one_worker && workers > 1;
        let ignored = elsewhere || file.cannot_run(protocol).is_some();
        let file = file.clone();
        let alone = file.stands_alone().then(|| file.clone());
        let run = move |bench: &mut Result<Bench, String>| {
            let bench = bench.as_mut().map_err(|why| Failed::from(why.clone()))?;
            let run = bench.run(&file);
            run.map_err(|lines| Failed::from(lines.join("\n")))
        };
        Trial::test(name, move || match alone {
            Some(file) => run(&mut Bench::start(&[file], protocol, workers, withheld)),
            None => {
                let mut shared = shared.lock().unwrap();
                let start = || Bench::start(&all, protocol, workers, withheld);
                run(shared.get_or_insert_with(start))
            }
        })
        .with_kind(self.to_string())
        .with_ignored_flag(ignored)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.protocol == Protocol::Http1 {
            "HTTP/1.1"
        } else {
            "HTTP/2"
        };
        let plural = if self.workers == 1 { "" } else { "s" };
        write!(f, "{protocol}, {} worker{plural}", self.workers)?;
        match self.withheld {
            [] => Ok(()),
            withheld => write!(f, ", without {}", withheld.join(", ")),
        }
    }
}
