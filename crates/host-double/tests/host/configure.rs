//! Configurations that are refused.

use hachure_host_double::{Double, Status};

use crate::fixture::Fixture;

fn refused(double: &Double) -> String {
    let refused = double.start(hachure_host::start::<Fixture>).unwrap_err();
    match refused.lines.as_slice() {
        [line] => {
            assert_eq!(line.level, 4);
            line.text.clone()
        }
        lines => panic!("expected one line, saw {lines:?}"),
    }
}

#[test]
fn the_line_says_what_is_wrong() {
    let line = refused(&Double::new().plugin_config(r#"{"other": []}"#));
    assert_eq!(
        line,
        "fixture: config refused: expected request or response, found other"
    );
    let line = refused(&Double::new().plugin_config("{"));
    assert!(
        line.starts_with("fixture: config refused: expected "),
        "{line}"
    );
}

#[test]
fn it_is_one_line_whatever_the_configuration_holds() {
    let line = refused(&Double::new().plugin_config(r#"{"a\r\nb\u0000[error] forged": []}"#));
    assert!(
        !line.contains(['\r', '\n', '\0']) && line.ends_with(r#"[error] forged""#),
        "{line}"
    );
}

#[test]
fn the_root_id_is_the_filters_name_or_empty() {
    for root_id in ["", "fixture"] {
        assert!(
            Double::new()
                .root_id(root_id)
                .start(hachure_host::start::<Fixture>)
                .is_ok()
        );
    }
    let line = refused(&Double::new().root_id("jwt-validation"));
    assert_eq!(
        line,
        "fixture: config refused: expected the root id fixture or none, found jwt-validation: \
         is this the right module?"
    );
}

#[test]
fn no_configuration_is_the_empty_one_and_one_that_cannot_be_read_is_refused() {
    assert!(Double::new().start(hachure_host::start::<Fixture>).is_ok());
    for status in [
        Status::NotFound,
        Status::BadArgument,
        Status::InternalFailure,
    ] {
        let line = refused(&Double::new().broken("proxy_get_buffer_bytes", status));
        assert!(line.contains("the host shows no configuration"), "{line}");
    }
}

#[test]
fn a_host_without_metrics_is_refused_at_once_and_not_later() {
    let double = Double::new().broken("proxy_define_metric", Status::InternalFailure);
    assert!(refused(&double).contains("the host defines no metrics"));
}

#[test]
fn the_rest_of_the_host_may_be_missing_at_configure() {
    let double = Double::new()
        .broken("proxy_get_log_level", Status::InternalFailure)
        .broken("proxy_get_property", Status::InternalFailure)
        .broken("proxy_call_foreign_function", Status::InternalFailure);
    assert!(double.start(hachure_host::start::<Fixture>).is_ok());
}
