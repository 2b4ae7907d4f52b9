//! Why requests are refused.

use hachure_exchange::Reason;

macro_rules! reasons {
    ($($name:ident $status:literal $code:literal $title:literal),* $(,)?) => {
        $(pub(crate) const $name: Reason = Reason { code: $code, status: $status, title: $title };)*

        /// All of them, as `filter.yaml` lists them: the later one stands, the further a token
        /// came. Where several providers refuse a request, the furthest is what the client hears.
        pub(crate) const ALL: &[Reason] = &[$($name),*];
    };
}

reasons! {
    MISSING 401 "token_missing" "The request carries no token",
    AMBIGUOUS 401 "token_ambiguous" "The request carries more than one token",
    TOO_LARGE 401 "token_too_large" "The token is too long",
    MALFORMED 401 "token_malformed" "The token is not a signed JSON Web Token",
    ISSUER 401 "issuer_unknown" "The token is from an issuer that is not accepted",
    TYPE 401 "type_not_allowed" "The token is not of the type that is accepted",
    ALGORITHM 401 "algorithm_not_allowed" "The signature algorithm of the token is not accepted",
    AUDIENCE 401 "audience_not_allowed" "The token was issued for another audience",
    EXPIRATION 401 "expiration_missing" "The token does not say when it expires",
    LIFETIME 401 "lifetime_too_long" "The token is good for longer than is accepted",
    EXPIRED 401 "token_expired" "The token has expired",
    EARLY 401 "token_not_yet_valid" "The token is not valid yet",
    KEY 401 "key_unknown" "The key that signed the token is not known",
    SIGNATURE 401 "signature_invalid" "The signature of the token is wrong",
    UNAVAILABLE 503 "keys_unavailable" "The keys of the issuer are not available",
    REVOKED 401 "token_revoked" "The token has been revoked",
    CLIENT 403 "client_not_allowed" "The token was issued to a client that is not accepted",
    SCOPE 403 "scope_insufficient" "The token lacks a scope that is needed",
    CLAIM 403 "claim_not_allowed" "A claim of the token does not allow this",
    UNSENDABLE 403 "claim_not_sendable" "A claim of the token cannot be passed on",
}

/// How far a token came that is refused for `reason`.
pub(crate) fn progress(reason: &Reason) -> usize {
    ALL.iter()
        .position(|known| known.code == reason.code)
        .unwrap_or(0)
}
