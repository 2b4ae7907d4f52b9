//! Parts that go away, and certificates that are replaced, under a steady load.

use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_envoy::Protocol;

use crate::load::{Answer, Load};
use crate::stage::Stage;

/// Watches that wait longer with each try have come to their longest pause by then.
const OUTAGE: Duration = Duration::from_secs(60);
/// Until when a watch is back after that: its longest pause, and some more.
const RECOVERY: Duration = Duration::from_secs(10);

/// What a host is answered on new connections and on one that is held open, while something happens.
/// Its policy sets `one`.
fn under_load(
    stage: &mut Stage,
    name: &str,
    happens: impl FnOnce(&mut Stage, &str),
) -> [Vec<Answer>; 2] {
    let host = format!("{name}.example.com");
    let (proxy, policy) = (stage.proxy(name), stage.policy(name, "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until(&host, |answer| answer.text("x-policy") == "one");
    stage.until_condition(&policy, "Programmed", "Programmed");
    let new = Load::start(stage, &host);
    let held = Load::held(stage, &host, Protocol::Http2);
    happens(stage, &host);
    let answers = [new, held].map(Load::end);
    stage.cluster.delete(&policy);
    stage.until(&host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
    answers
}

fn always(header: &str) -> Vec<Answer> {
    vec![(200, header.to_owned())]
}

/// A change of the policy, and its effect.
fn change(stage: &Stage, host: &str, value: &str) {
    let (name, _) = host.split_once('.').unwrap();
    stage.cluster.apply(&stage.policy(name, value));
    stage.until(host, |answer| answer.text("x-policy") == value);
}

/// First `one`, then `two`; what is held open keeps its config.
fn changed() -> [Vec<Answer>; 2] {
    [[always("one"), always("two")].concat(), always("one")]
}

pub(crate) fn the_extension_is_ended_and_killed_under_load(stage: &mut Stage) {
    let refused = |stage: &Stage| stage.edge.stat("listener_manager.lds.update_rejected");
    let before = refused(stage);
    let answers = under_load(stage, "killed", |stage, host| {
        for kill in [false, true] {
            match kill {
                true => stage.extension.kill(),
                false => stage.extension.go_away(),
            }
            sleep(Duration::from_millis(500));
            stage.extension.come_back();
            sleep(Duration::from_secs(2));
        }
        change(stage, host, "two");
    });
    assert_eq!(answers, changed());
    assert_eq!(refused(stage), before);
}

pub(crate) fn contour_is_restarted_under_load(stage: &mut Stage) {
    let answers = under_load(stage, "upgraded", |stage, host| {
        stage.contour.go_away();
        let connected = "contour_extension_contour_connected{kind=\"listeners\"}";
        stage.extension.until_metric(connected, 0.0);
        // Who has it all is ready all the same.
        assert_eq!(stage.extension.ask("/readyz").0, 200);
        stage.contour.come_back();
        stage.extension.until_metric(connected, 1.0);
        change(stage, host, "two");
    });
    assert_eq!(answers, changed());
}

pub(crate) fn the_api_server_is_away_for_a_minute_under_load(stage: &mut Stage) {
    let answers = under_load(stage, "away", |stage, host| {
        stage.cluster.go_away();
        sleep(OUTAGE);
        assert_eq!(stage.extension.ask("/readyz").0, 200);
        stage.cluster.come_back();
        let start = Instant::now();
        change(stage, host, "two");
        let took = start.elapsed();
        eprintln!("after an outage a change had its effect in {took:?}");
        assert!(took < RECOVERY);
    });
    assert_eq!(answers, changed());
    // Contour's own watches take longer to come back: those who come after this want it soon.
    stage.contour.go_away();
    stage.contour.come_back();
}

pub(crate) fn certificates_are_rotated_under_load(stage: &mut Stage) {
    let before = stage.contour.certificates();
    let answers = under_load(stage, "rotated", |stage, host| {
        let reaches = |stage: &Stage, with| stage.extension.is_reached_with(with);
        assert_eq!(reaches(stage, before.path()), Ok(()));
        stage.contour.rotate();
        let now = stage.contour.certificates();
        assert_eq!(reaches(stage, now.path()), Ok(()));
        let refused = reaches(stage, before.path());
        assert!(refused.is_err(), "the old certificates still count");
        // The connections that are there live on.
        change(stage, host, "two");
        // What connects anew does so with the new ones: to Contour,
        stage.contour.go_away();
        stage.contour.come_back();
        let later = stage.proxy("later");
        stage.cluster.apply(&later);
        stage.until("later.example.com", |answer| answer.status() == 200);
        stage.cluster.delete(&later);
        // and Envoy to the extension.
        stage.extension.go_away();
        stage.extension.come_back();
        change(stage, host, "three");
    });
    let expected = ["one", "two", "three"].map(|value| (200, value.to_owned()));
    assert_eq!(answers, [expected.to_vec(), always("one")]);
}
