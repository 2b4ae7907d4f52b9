//! Tokens, for Envoy's own `jwt_authn`.

use serde_json::{Value, json};

/// A key set of one key, the public one of RFC 7515, A.3.
pub fn key_set() -> String {
    let key = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    json!({"keys": [key]}).to_string()
}

/// The token of RFC 7515, A.3, which [`key_set`] verifies: of `joe`, and expired since 2011.
pub fn rfc_7515() -> &'static str {
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm\
     NvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApm\
     WQxfKTUJqPP3-Kg6NU1Q"
}

/// A provider of [`jwt_authn`][crate::native::jwt_authn] that takes
/// [`rfc_7515`] in spite of its age, and puts its claims into the metadata below `payload`.
pub fn payload_provider() -> Value {
    json!({
        "issuer": "joe",
        "local_jwks": {"inline_string": key_set()},
        "clock_skew_seconds": u32::MAX,
        "payload_in_metadata": "payload",
    })
}
