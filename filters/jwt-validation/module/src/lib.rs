//! The Wasm module of `jwt-validation`.

hachure_host::export!(hachure_jwt_validation_policy::JwtValidation);
