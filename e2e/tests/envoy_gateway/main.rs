//! Stock Envoy Gateway and the Envoy that it configures, against a real API server.
//!
//! All of it runs in a network namespace of this program. Where that is not allowed these tests
//! are skipped, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod absent;
mod images;
mod order;
mod policies;
mod stage;
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
        eprintln!("the tests with Envoy Gateway are skipped: {why}");
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI they are not skipped"
        );
    }
    // They share one cluster.
    arguments.test_threads = Some(1);
    let stage = Arc::new(Mutex::new(None));
    let tests = tests![
        policies::a_policy_filters_the_routes_of_its_target_alone,
        policies::a_config_that_a_module_refuses_opens_routes_and_holds_up_others,
        policies::a_module_of_another_digest_closes_its_routes,
        policies::a_policy_on_the_gateway_filters_routes_without_their_own,
        images::a_module_comes_from_a_registry_with_a_password,
        upstreams::keys_come_through_a_route_that_clients_cannot_use,
        upstreams::keys_come_over_tls_that_is_verified,
        upstreams::keys_come_through_a_patch_of_the_configuration,
        upstreams::a_quota_is_kept_by_a_rate_limit_service,
        order::wasm_stands_behind_authentication_and_before_authorization,
        order::native_cors_answers_before_ours,
        order::authorization_decides_on_what_ours_have_changed,
        order::native_jwt_refuses_preflights_before_our_cors_unless_wasm_is_moved,
        absent::each_entry_is_a_vm_without_restriction_or_failure_policy,
        absent::a_trap_ends_a_filter_until_its_config_changes,
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
