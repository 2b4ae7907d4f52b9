//! The examples of the RFCs that define what is read here.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use hachure_jose::{
    Alg, Header, Jws, KeySet, Limits, ParseError, Part, SkipReason, Token, Verdict, verify,
};
use serde_json::{Value, json};
use support::{base64url, key, wycheproof};

/// The claims of RFC 7515 (A.1 to A.3) and RFC 7519 (3.1), with their line breaks.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const HS256: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn verdict(token: &str, jwk: Value) -> Verdict {
    let jws = Jws::parse(token.as_bytes(), Limits::default()).unwrap();
    let key = key(jwk);
    let inside = verify(&jws, &key, &mut |_| None);
    assert_eq!(inside, verify(&jws, &key, &mut support::host));
    inside
}

#[test]
fn rfc_7515_a1_and_rfc_7519_3_1() {
    let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}.{HS256}");
    let k =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    assert_eq!(
        verdict(&token, json!({"kty": "oct", "k": k})),
        Verdict::Valid
    );

    let token = Token::parse(token.as_bytes(), Limits::default()).unwrap();
    assert_eq!(token.header().alg, Alg::Hs256);
    assert!(token.header().is_type("jwt"));
    assert_eq!(token.claims().iss(), Some("joe"));
    assert_eq!(token.claims().exp().unwrap().seconds(), 1_300_819_380);
    let root = token.claims().object().get("http://example.com/is_root");
    assert_eq!(root, Some(&Value::Bool(true)));
}

#[test]
fn rfc_7515_a2() {
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}");
    let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB"});
    assert_eq!(verdict(&token, jwk), Verdict::Valid);
}

#[test]
fn rfc_7515_a3() {
    let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.{signature}");
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    assert_eq!(verdict(&token, jwk), Verdict::Valid);
}

#[test]
fn rfc_7515_a4() {
    let token = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    let jwk = json!({
        "kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    });
    assert_eq!(verdict(token, jwk), Verdict::Valid);
    // «Payload» is a payload, and no claims.
    assert!(Token::parse(token.as_bytes(), Limits::default()).is_err());
}

/// RFC 7515 A.5 and RFC 7519 6.1: unsecured.
#[test]
fn rfc_7515_a5() {
    for signature in ["", HS256] {
        let token = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.{signature}");
        let error = Token::parse(token.as_bytes(), Limits::default()).unwrap_err();
        assert_eq!(error, ParseError::AlgUnknown);
    }
}

/// RFC 7515 A.6 and A.7, RFC 7520 4.6 to 4.8: the JSON serialisations.
#[test]
fn rfc_7515_a6_and_a7() {
    let flat = format!(
        r#"{{"payload":"{CLAIMS}","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"{HS256}"}}"#
    );
    let general = format!(
        r#"{{"payload":"{CLAIMS}","signatures":[{{"protected":"eyJhbGciOiJIUzI1NiJ9","signature":"{HS256}"}}]}}"#
    );
    for token in [flat, general] {
        let error = Token::parse(token.as_bytes(), Limits::default()).unwrap_err();
        assert_eq!(error, ParseError::NotCompact);
    }
}

/// RFC 7515 appendix E and RFC 7520: critical extensions that nobody here understands.
#[test]
fn rfc_7515_e() {
    let header = base64url(br#"{"alg":"none","crit":["http://example.invalid/UNDEFINED"],"http://example.invalid/UNDEFINED":true}"#);
    let token = format!("{header}.RkFJTA.");
    let error = Jws::parse(token.as_bytes(), Limits::default()).unwrap_err();
    assert_eq!(error, ParseError::Critical);
}

/// RFC 7519 A.1 and A.2: encrypted, and signed then encrypted.
#[test]
fn rfc_7519_a() {
    for header in [
        "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
        "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiY3R5IjoiSldUIn0",
    ] {
        let token = format!(
            "{header}.QR1Owv2ug2WyPBnbQrRARTeEk9kDO2w8.AxY8DCtDaGlsbGljb3RoZQ.MKOle7UQrG6nSxTLX6Mqwt0orbHvAKeWnDYvpIAeZ72deHxz3roJDXQyhxx0wKaM.fiK51VwhsxJ-siBMR-YFiA"
        );
        let error = Token::parse(token.as_bytes(), Limits::default()).unwrap_err();
        assert_eq!(error, ParseError::Encrypted);
    }
}

/// RFC 7520 4.1 to 4.5. The tokens and keys are in Wycheproof's set too; the `alg` that it gives
/// to the keys is not the RFC's.
#[test]
fn rfc_7520_4() {
    let set = wycheproof("json_web_signature");
    for (id, alg) in [
        (345, Alg::Rs256),
        (346, Alg::Ps384),
        (347, Alg::Es512),
        (348, Alg::Hs256),
    ] {
        let groups = set["testGroups"].as_array().unwrap();
        let group = groups
            .iter()
            .find(|group| group["tests"][0]["tcId"] == id)
            .unwrap();
        let token = group["tests"][0]["jws"].as_str().unwrap();
        let mut jwk = group.get("public").unwrap_or(&group["private"]).clone();
        jwk.as_object_mut().unwrap().remove("alg");
        assert_eq!(verdict(token, jwk.clone()), Verdict::Valid);
        let jws = Jws::parse(token.as_bytes(), Limits::default()).unwrap();
        assert_eq!(jws.header().alg, alg);
        assert_eq!(jws.header().kid.as_deref(), jwk["kid"].as_str());
        assert!(
            jws.payload()
                .starts_with("It’s a dangerous business, Frodo".as_bytes())
        );

        // 4.5: the same, with the payload elsewhere. Without it there is nothing that was signed.
        let parts: Vec<_> = token.split('.').collect();
        let detached = format!("{}..{}", parts[0], parts[2]);
        assert_eq!(verdict(&detached, jwk), Verdict::Invalid);
        let error = Token::parse(detached.as_bytes(), Limits::default()).unwrap_err();
        assert!(matches!(error, ParseError::Json(Part::Payload, _)));
    }
}

/// RFC 7797 4: payloads that are not encoded, or elsewhere.
#[test]
fn rfc_7797_4() {
    let header = base64url(br#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    for payload in ["", "$.02", "JC4wMg"] {
        let token = format!("{header}.{payload}.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY");
        assert!(Jws::parse(token.as_bytes(), Limits::default()).is_err());
    }
}

#[test]
fn rfc_8037_a4_and_a6() {
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    assert_eq!(verdict(token, jwk), Verdict::Valid);

    // Keys for key agreement.
    let x = "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08";
    let set = json!({"keys": [{"kty": "OKP", "crv": "X25519", "kid": "Bob", "x": x}]});
    let (keys, skipped) = KeySet::parse(set.to_string().as_bytes()).unwrap();
    assert!(keys.is_empty());
    assert_eq!(skipped[0].reason, SkipReason::Curve);
}

/// RFC 9068 2.1 on RFC 7515 4.1.9: the type of access tokens.
#[test]
fn rfc_9068_types() {
    let header = |typ: Option<&str>| Header {
        alg: Alg::Es256,
        kid: None,
        typ: typ.map(str::to_owned),
    };
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        assert!(header(Some(typ)).is_type("at+jwt"), "{typ}");
        assert!(header(Some(typ)).is_type("application/at+jwt"), "{typ}");
    }
    for typ in [
        "JWT",
        "at+jwt ",
        "x/at+jwt",
        "application/application/at+jwt",
        "",
    ] {
        assert!(!header(Some(typ)).is_type("at+jwt"), "{typ}");
    }
    assert!(!header(None).is_type("at+jwt"));
}
