//! Without anything of ours.

use crate::stage::Stage;

pub(crate) fn a_request_reaches_its_service(stage: &mut Stage) {
    let proxy = stage.proxy("plain");
    stage.cluster.apply(&proxy);
    stage.until("plain.example.com", |answer| answer.status() == 200);
    let seen = stage.orders.take();
    assert!(seen.iter().all(|request| request.text(":path") == "/"));
    assert_eq!(stage.get("unknown.example.com").unwrap().status(), 404);
    let seen = stage.cluster.get(&proxy);
    let status = seen.pointer("/status/currentStatus");
    assert_eq!(status.and_then(|status| status.as_str()), Some("valid"));
    stage.cluster.delete(&proxy);
    stage.until("plain.example.com", |answer| answer.status() == 404);
}
