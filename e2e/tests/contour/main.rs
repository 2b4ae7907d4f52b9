//! Stock Contour and the Envoy that it configures, against a real API server.
//!
//! All of it runs in a network namespace of this program. Where that is not allowed these tests
//! are skipped, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod faults;
mod plain;
mod policies;
mod stage;
mod tls;
mod upstreams;

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
        eprintln!("the tests with Contour are skipped: {why}");
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI they are not skipped"
        );
    }
    // They share one cluster, and some of them end parts of it.
    arguments.test_threads = Some(1);
    let stage = Arc::new(Mutex::new(None));
    let tests = tests![
        plain::a_request_reaches_its_service,
        plain::without_policies_envoy_is_configured_as_by_contour_itself,
        policies::a_policy_filters_the_routes_of_its_target_alone,
        policies::a_policy_that_changes_or_goes_does_so_without_a_failed_request,
        policies::a_connection_that_is_older_than_a_policy_is_never_unfiltered,
        policies::a_bad_config_closes_what_was_never_good_and_keeps_what_was,
        tls::hosts_with_tls_are_filtered_each_by_itself,
        policies::an_ingress_is_a_target_too,
        policies::of_two_policies_on_one_target_the_older_counts,
        upstreams::keys_come_over_tls_from_whom_the_authority_says,
        upstreams::a_service_has_the_keys_and_another_takes_over_without_a_failed_request,
        upstreams::what_is_not_declared_cannot_be_called,
        upstreams::what_is_not_there_closes_its_own_routes_alone,
        upstreams::two_envoys_share_a_limit,
        upstreams::quotas_are_counted_by_the_consumer_of_a_token,
        faults::what_envoy_refuses_is_undone,
        faults::the_extension_goes_away_and_comes_back,
        faults::contour_goes_away_and_comes_back,
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let stage = Arc::clone(&stage);
        let run = move || {
            // A test that failed leaves the stage as it was: the next one says what it needs.
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
    if let Some(stage) = stage.filter(|_| conclusion.has_failed()) {
        stage.show_logs();
    }
    conclusion.exit_code()
}
