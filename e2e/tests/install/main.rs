//! Contour's own manifests, and of `manifests/contour-extension` what admission needs, applied with
//! kubectl to a real API server; the Pods run here ([`hachure_e2e::cluster::Pods`]).
//!
//! All of it runs in a network namespace of this program. Where that is not allowed these tests are
//! skipped, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod load;
mod provisioner;
mod stage;
mod r#static;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use hachure_e2e::cluster::namespace;
use libtest_mimic::{Arguments, Trial};
use stage::Stage;

macro_rules! tests {
    ($($module:ident :: $name:ident),* $(,)?) => {
        [$((stringify!($name), $module::$name as fn(&mut Stage))),*]
    };
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let allowed = namespace::enter();
    if let Err(why) = &allowed {
        eprintln!("the tests of the installation are skipped: {why}");
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI they are not skipped"
        );
    }
    // They are the steps of one story, on one cluster.
    arguments.test_threads = Some(1);
    let stage = Arc::new(Mutex::new(None));
    let tests = tests![
        r#static::contours_own_manifests_serve,
        r#static::envoys_are_restarted_without_a_failed_request,
        r#static::the_api_server_takes_every_folder_and_patch,
        provisioner::an_envoy_that_cannot_be_pointed_at_the_add_on_is_refused,
        provisioner::a_gateway_serves,
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let stage = Arc::clone(&stage);
        let run = move || {
            let mut stage = stage.lock().unwrap_or_else(|stage| stage.into_inner());
            test(stage.get_or_insert_with(Stage::set));
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(allowed.is_err())
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let stage = stage
        .lock()
        .unwrap_or_else(|stage| stage.into_inner())
        .take();
    if let Some(stage) = stage.as_ref().filter(|_| conclusion.has_failed()) {
        stage.show_logs();
    }
    drop(stage);
    conclusion.exit_code()
}
