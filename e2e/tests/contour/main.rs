//! Stock Contour and the Envoy that it configures, against a real API server.
//!
//! All of it runs in a network namespace of this program. Where that is not allowed these tests
//! are skipped, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod attachment;
mod code;
mod crd;
mod effect;
mod faults;
mod gateway;
mod held;
mod load;
mod module;
mod outages;
mod plain;
mod policies;
mod positions;
mod rendered;
mod replicas;
mod running;
mod stage;
mod streams;
mod tls;
mod upstreams;
mod web;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use hachure_e2e::cluster::namespace;
use libtest_mimic::{Arguments, Trial};
use stage::Stage;

macro_rules! tests {
    ($($module:ident :: $name:ident),* $(,)?) => {
        [$((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn(&mut Stage))),*]
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
        attachment::a_policy_on_the_root_covers_what_it_includes_on_its_host,
        attachment::an_enforced_policy_stands_before_what_is_more_specific,
        attachment::labels_select_targets_as_they_come_and_go,
        attachment::targets_that_cannot_be_are_told_and_nothing_broader_is_attached,
        attachment::redirects_are_filtered_where_that_is_asked_for,
        crd::the_api_server_refuses_what_cannot_be_right,
        positions::filters_stand_where_their_catalogue_entry_says,
        positions::a_policy_that_leads_past_another_is_refused,
        tls::a_client_that_names_no_host_is_filtered_too,
        gateway::routes_of_a_gateway_are_targets_and_so_is_the_gateway,
        code::a_module_of_a_web_server_runs,
        code::a_module_that_may_not_run_closes_its_routes_alone,
        code::a_config_is_checked_by_what_the_module_says_of_itself,
        code::an_image_of_a_registry_runs_whose_password_is_in_a_secret,
        code::a_registry_that_is_away_closes_routes_after_a_while_and_opens_them,
        code::what_was_fetched_serves_after_a_restart_without_its_source,
        code::without_a_shared_folder_envoy_asks_for_modules,
        rendered::what_is_rendered_filters_and_is_seen,
        rendered::every_manifest_for_contour_is_taken,
        rendered::what_is_rendered_for_others_fits_their_definitions,
        upstreams::keys_come_over_tls_from_whom_the_authority_says,
        upstreams::a_service_has_the_keys_and_another_takes_over_without_a_failed_request,
        upstreams::what_is_not_declared_cannot_be_called,
        upstreams::what_is_not_there_closes_its_own_routes_alone,
        upstreams::two_envoys_share_a_limit,
        upstreams::quotas_are_counted_by_the_consumer_of_a_token,
        faults::what_envoy_refuses_is_undone,
        faults::a_filter_that_cannot_run_lets_requests_pass_only_where_it_may,
        faults::the_extension_goes_away_and_comes_back,
        faults::what_was_good_is_served_after_a_restart_too,
        faults::contour_goes_away_and_comes_back,
        held::no_change_fails_a_request_or_lets_one_pass_unfiltered,
        held::a_target_that_goes_soon_lets_no_request_pass_unfiltered,
        effect::a_change_of_a_policy_is_seen_soon,
        running::it_says_how_it_is,
        running::it_ends_in_good_order,
        running::without_tls_on_loopback,
        replicas::one_of_two_writes_and_the_other_takes_over,
        outages::the_extension_is_ended_and_killed_under_load,
        outages::contour_is_restarted_under_load,
        outages::certificates_are_rotated_under_load,
        outages::the_api_server_is_away_for_a_minute_under_load,
        streams::listeners_are_refused_where_filters_would_be_missing,
        streams::messages_of_more_than_4_mib_pass,
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
