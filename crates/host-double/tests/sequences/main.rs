//! Random sequences of callbacks over every policy: no panic, no call that a host refuses, and in the
//! end every message has gone on, was answered or closed, with nothing left behind.
//!
//! A panic in a callback ends the process, so each policy runs in a child. A child that dies names
//! the seed of its sequence; `HACHURE_SEQUENCES='<filter> <seed> 1' cargo test -p
//! hachure-host-double --test sequences` runs that one again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "this is a test"
)]

mod corpus;
mod exchange;
mod planted;
mod sequence;
mod world;

use std::cell::Cell;
use std::env;
use std::process::{Command, ExitCode};

use hachure_exchange::Policy;
use libtest_mimic::{Arguments, Failed, Trial};

const VARIABLE: &str = "HACHURE_SEQUENCES";
const SEQUENCES: u64 = 100_000;
const PLANTED: &str = "planted";

fn main() -> ExitCode {
    if let Ok(wanted) = env::var(VARIABLE) {
        return child(&wanted);
    }
    let arguments = Arguments::from_args();
    let mut trials: Vec<_> = starters()
        .into_iter()
        .map(|(filter, _)| {
            Trial::test(format!("{SEQUENCES} sequences of {filter}"), move || {
                survives(filter)
            })
        })
        .collect();
    trials.push(Trial::test(
        "a panic is found and its seed named",
        finds_the_planted_panic,
    ));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every policy and what its module does in `_initialize`.
fn starters() -> Vec<(&'static str, fn())> {
    let mut all: Vec<(&'static str, fn())> = vec![];
    macro_rules! add {
        ($policy:ty) => {
            all.push((<$policy>::NAME, hachure_host::start::<$policy>))
        };
    }
    hachure_registry::for_each_policy!(add);
    // It waits as no filter of the catalogue does.
    add!(hachure_waiter_policy::Waiter);
    all
}

fn survives(filter: &str) -> Result<(), Failed> {
    let (lived, said) = run(&format!("{filter} 0 {SEQUENCES}"));
    if lived { Ok(()) } else { Err(said.into()) }
}

fn finds_the_planted_panic() -> Result<(), Failed> {
    let (lived, said) = run(&format!("{PLANTED} 0 5000"));
    if lived || !said.contains("planted on purpose") {
        return Err(format!("it was not found: {said}").into());
    }
    let seed = said
        .split("sequence ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    let seed = seed.ok_or("no seed is named")?;
    let (lived, _) = run(&format!("{PLANTED} {seed} 1"));
    if lived {
        Err(format!("seed {seed} does not repeat it").into())
    } else {
        Ok(())
    }
}

fn run(wanted: &str) -> (bool, String) {
    let child = Command::new(env::current_exe().unwrap())
        .env(VARIABLE, wanted)
        .output()
        .unwrap();
    (
        child.status.success(),
        String::from_utf8_lossy(&child.stderr).into_owned(),
    )
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// Runs `<filter> <first seed> <count>`.
fn child(wanted: &str) -> ExitCode {
    let words: Vec<_> = wanted.split(' ').collect();
    let [filter, first, count] = words.as_slice() else {
        eprintln!("{VARIABLE}: expected `<filter> <first seed> <count>`");
        return ExitCode::FAILURE;
    };
    let (first, count): (u64, u64) = (first.parse().unwrap(), count.parse().unwrap());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        eprintln!("sequence {}: {panic}", SEED.get());
        hook(panic);
    }));
    let corpus = corpus::Corpus::of(filter);
    let start = starters()
        .into_iter()
        .find(|(name, _)| name == filter)
        .map(|(_, start)| start);
    let start = start.unwrap_or(planted::start);
    // A seed stands for a whole plugin with several streams: what one leaves may harm the next.
    let mut done = 0;
    while done < count {
        SEED.set(first + done);
        done += sequence::plugin(start, &corpus, first + done);
    }
    ExitCode::SUCCESS
}
