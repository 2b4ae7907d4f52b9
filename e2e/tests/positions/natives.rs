//! Native filters before and behind ours.

use std::collections::BTreeMap;

use hachure_casefile::{Message, Text};
use hachure_e2e::{Client, Received, Upstream, chain, response, setup, token};
use hachure_envoy::{Bootstrap, Cluster, HttpFilter, Listener, Protocol, Route};
use serde_json::{Value, json};

use crate::{from_page, readable};

/// A filter that answers, the request that it answers, and with what.
struct Native {
    name: &'static str,
    config: Value,
    request: Message,
    status: u16,
}

fn native(name: &'static str, config: Value, status: u16) -> Native {
    Native {
        name,
        config,
        request: from_page("GET", "/", &[]),
        status,
    }
}

fn kind(message: &str) -> String {
    format!("type.googleapis.com/envoy.extensions.filters.http.{message}")
}

fn all() -> Value {
    json!({"default_value": {"numerator": 100}})
}

fn natives() -> Vec<Native> {
    let reset = json!({"numerator": 100});
    vec![
        native("jwt_authn", jwt(), 401),
        native(
            "basic_auth",
            json!({
                "@type": kind("basic_auth.v3.BasicAuth"),
                "users": {"inline_string": "user:{SHA}tESsBmE/yNY3lb6a0L6vVQEZNqw="},
            }),
            401,
        ),
        native(
            "rbac",
            json!({"@type": kind("rbac.v3.RBAC"), "rules": {}}),
            403,
        ),
        Native {
            request: from_page("POST", "/", &[]),
            ..native(
                "csrf",
                json!({"@type": kind("csrf.v3.CsrfPolicy"), "filter_enabled": all()}),
                403,
            )
        },
        native("ext_authz", ext_authz("refusing"), 403),
        native("ext_authz", ext_authz("unreachable"), 403),
        native("local_ratelimit", local_ratelimit(), 429),
        native(
            "fault",
            json!({
                "@type": kind("fault.v3.HTTPFault"),
                "abort": {"http_status": 418, "percentage": reset},
            }),
            418,
        ),
        native("lua", lua(), 418),
        native("health_check", health_check(), 200),
        Native {
            request: with_body(from_page("POST", "/", &[]), "more than a byte"),
            ..native(
                "buffer",
                json!({"@type": kind("buffer.v3.Buffer"), "max_request_bytes": 1}),
                413,
            )
        },
    ]
}

fn jwt() -> Value {
    json!({
        "@type": kind("jwt_authn.v3.JwtAuthentication"),
        "providers": {"p": {"local_jwks": {"inline_string": token::key_set()}}},
        "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "p"}}],
    })
}

fn ext_authz(cluster: &str) -> Value {
    let uri = json!({"uri": "http://authz", "cluster": cluster, "timeout": "5s"});
    json!({"@type": kind("ext_authz.v3.ExtAuthz"), "http_service": {"server_uri": uri}})
}

fn local_ratelimit() -> Value {
    json!({
        "@type": kind("local_ratelimit.v3.LocalRateLimit"),
        "stat_prefix": "limit",
        "token_bucket": {"max_tokens": 1, "fill_interval": "3600s"},
        "filter_enabled": all(),
        "filter_enforced": all(),
    })
}

fn lua() -> Value {
    let code = "function envoy_on_request(h) h:respond({[':status'] = '418'}, 'no') end";
    json!({"@type": kind("lua.v3.Lua"), "default_source_code": {"inline_string": code}})
}

fn health_check() -> Value {
    json!({
        "@type": kind("health_check.v3.HealthCheck"),
        "pass_through_mode": false,
        "headers": [{"name": ":path", "string_match": {"exact": "/"}}],
    })
}

fn with_body(mut message: Message, body: &str) -> Message {
    message.body = vec![Text(body.into())];
    message
}

/// One Envoy with a listener for each order of each filter.
struct Chains {
    envoy: setup::Running,
    _authz: Upstream,
    _upstream: Upstream,
}

impl Chains {
    fn start(listeners: impl IntoIterator<Item = Listener>) -> Self {
        let authz = Upstream::start(Protocol::Http1);
        authz.answer([response(403, &[], "")]);
        let upstream = Upstream::start(Protocol::Http1);
        upstream.answer([response(200, &[("vary", "Accept-Encoding")], "hello")]);
        let bootstrap = Bootstrap::new()
            .cluster(Cluster::new("upstream", "127.0.0.1", upstream.port()))
            .cluster(Cluster::new("refusing", "127.0.0.1", authz.port()))
            .cluster(Cluster::new(
                "unreachable",
                "127.0.0.1",
                setup::closed_port(),
            ));
        let bootstrap = listeners.into_iter().fold(bootstrap, Bootstrap::listener);
        Self {
            envoy: setup::start(&bootstrap, 1),
            _authz: authz,
            _upstream: upstream,
        }
    }

    fn send(&self, listener: &str, request: &Message) -> Received {
        let address = self.envoy.process.address(listener).unwrap();
        Client::new(address, Protocol::Http1).send(request).unwrap()
    }
}

/// The listener `<name>-first`, where ours stands before the native filter, and `<name>-after`.
fn both_orders(name: &str, config: &Value) -> [Listener; 2] {
    let native = || HttpFilter::native("native", config.clone());
    let cors = || HttpFilter::from(chain::cors());
    let listener = |order: &str| Listener::new(format!("{name}-{order}"));
    let first = listener("first").filter(cors()).filter(native());
    let after = listener("after").filter(native()).filter(cors());
    [first, after].map(|listener| listener.route(Route::prefix("/").to("upstream")))
}

fn numbered(natives: &[Native]) -> Chains {
    let named = natives.iter().enumerate();
    Chains::start(
        named.flat_map(|(i, native)| both_orders(&format!("{}-{i}", native.name), &native.config)),
    )
}

#[test]
fn an_error_is_readable_where_our_filter_stands_before_the_one_that_refuses() {
    let natives = natives();
    let chains = numbered(&natives);
    let mut seen = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for (i, native) in natives.iter().enumerate() {
        for (order, is_readable) in [("first", true), ("after", false)] {
            let listener = format!("{}-{i}-{order}", native.name);
            if native.name == "local_ratelimit" {
                // The one request that is within the limit.
                assert_eq!(chains.send(&listener, &native.request).status(), 200);
            }
            let answer = chains.send(&listener, &native.request);
            seen.insert(listener.clone(), (answer.status(), readable(&answer)));
            expected.insert(listener, (native.status, is_readable));
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn a_preflight_behind_a_filter_that_wants_a_token_blocks_every_page() {
    let chains = Chains::start(both_orders("jwt_authn", &jwt()));
    let preflight = from_page("OPTIONS", "/", &[("access-control-request-method", "PUT")]);
    let answer = chains.send("jwt_authn-first", &preflight);
    assert_eq!((answer.status(), readable(&answer)), (204, true));
    let answer = chains.send("jwt_authn-after", &preflight);
    assert_eq!((answer.status(), readable(&answer)), (401, false));
}

#[test]
fn a_grpc_error_is_readable_too() {
    let chains = Chains::start(both_orders(
        "rbac",
        &json!({"@type": kind("rbac.v3.RBAC"), "rules": {}}),
    ));
    let call = from_page(
        "POST",
        "/shop.Orders/Get",
        &[("content-type", "application/grpc")],
    );
    for (listener, is_readable) in [("rbac-first", true), ("rbac-after", false)] {
        let answer = chains.send(listener, &call);
        assert_eq!(
            (answer.status(), answer.text("grpc-status")),
            (200, "7".into())
        );
        assert_eq!(readable(&answer), is_readable, "{listener}");
    }
}

#[test]
fn custom_response_loses_the_headers_in_either_order() {
    let policy = json!({
        "@type": "type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy",
        "status_code": 418,
        "body": {"inline_string": "custom"},
    });
    let matcher = json!({"on_no_match": {"action": {"name": "a", "typed_config": policy}}});
    let config = json!({"@type": kind("custom_response.v3.CustomResponse"), "custom_response_matcher": matcher});
    let chains = Chains::start(both_orders("custom_response", &config));
    for listener in ["custom_response-first", "custom_response-after"] {
        let answer = chains.send(listener, &from_page("GET", "/", &[]));
        assert_eq!(
            (answer.status(), readable(&answer)),
            (418, false),
            "{listener}"
        );
    }
}

#[test]
fn vary_is_shared_with_the_compressor() {
    let gzip = "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip";
    let config = json!({
        "@type": kind("compressor.v3.Compressor"),
        "response_direction_config": {"common_config": {"min_content_length": 1}},
        "compressor_library": {"name": "gzip", "typed_config": {"@type": gzip}},
    });
    let chains = Chains::start(both_orders("compressor", &config));
    for listener in ["compressor-first", "compressor-after"] {
        let answer = chains.send(
            listener,
            &from_page("GET", "/", &[("accept-encoding", "gzip")]),
        );
        let vary = answer.all("vary").join(", ").to_ascii_lowercase();
        let mut names: Vec<_> = vary.split(", ").collect();
        names.sort_unstable();
        assert_eq!(
            (readable(&answer), names),
            (true, vec!["accept-encoding", "origin"]),
            "{listener}"
        );
    }
}
