//! Tokens, for Envoy's own `jwt_authn`.

use serde_json::json;

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
