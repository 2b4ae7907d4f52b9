//! The extension as a process: metrics, health, its end, and without TLS.

use hachure_e2e::cluster::{Contour, Edge};

use crate::stage::Stage;

pub(crate) fn it_says_how_it_is(stage: &mut Stage) {
    let extension = &stage.extension;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/", 404)] {
        assert_eq!(extension.ask(path).0, status, "{path}");
    }
    let accepted = "contour_extension_policies{condition=\"Accepted\",status=\"True\"}";
    let programmed = "contour_extension_policies{condition=\"Programmed\",status=\"True\"}";
    let before = extension.metric(accepted).unwrap_or_default();
    let proxy = stage.proxy("counted");
    let policy = stage.policy("counted", "one");
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "Programmed", "Programmed");
    for name in [accepted, programmed] {
        extension.until_metric(name, before + 1.0);
    }
    for name in [
        "contour_extension_envoys",
        "contour_extension_leader",
        "contour_extension_contour_connected{kind=\"listeners\"}",
        "contour_extension_contour_connected{kind=\"routes\"}",
    ] {
        extension.until_metric(name, 1.0);
    }
    let translations = extension.metric("contour_extension_translation_seconds_count");
    assert!(translations.is_some_and(|count| count > 0.0));
    // Everything that it tried it was allowed to do.
    let log = extension.log().to_lowercase();
    assert!(!log.contains("forbidden"), "{log}");
    stage.cluster.delete(&policy);
    extension.until_metric(accepted, before);
    stage.cluster.delete(&proxy);
}

pub(crate) fn it_ends_in_good_order(stage: &mut Stage) {
    assert_eq!(stage.extension.end(), Some(0));
    let log = stage.extension.log();
    assert!(
        log.contains("stopping") && !log.contains("cut off"),
        "{log}"
    );
    // Alone it does not become ready: nothing is served that could be without filters.
    stage.contour.go_away();
    stage.extension.launch();
    assert_eq!(
        stage.extension.ask("/readyz"),
        (503, "not ready: Contour has not answered yet\n".to_owned())
    );
    let another = Edge::start(&stage.extension.xds());
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(another.stat("listener_manager.total_listeners_active"), 0);
    drop(another);
    stage.contour.come_back();
    stage.extension.until_ready();
}

pub(crate) fn without_tls_on_loopback(stage: &mut Stage) {
    let contour = Contour::start_insecure(&stage.cluster);
    let mut extension = stage.extension.replica(&contour.xds());
    let edge = Edge::start(&extension.xds());
    let (proxy, policy) = (stage.proxy("insecure"), stage.policy("insecure", "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    // Two Envoys share the port: what this one has is in its own words.
    edge.wait_until(|edge| {
        let config = edge.config().to_string();
        config.contains("hachure/shop/insecure/0/header-mutation")
    });
    extension.go_away();
    drop(edge);
    stage.cluster.delete(&policy);
    stage.cluster.delete(&proxy);
}
