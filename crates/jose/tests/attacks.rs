//! Texts that are signed by the right key, and that are no tokens all the same; and tokens that
//! somebody tries to pass off as signed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod support;

use std::sync::LazyLock;

use hachure_jose::{
    Alg, AllowList, JsonProblem, KeySet, Limits, MAX_DEPTH, NoKey, ParseError, Part, Token,
    Verdict, verify,
};
use serde_json::{Value, json};
use support::base64url;
use support::signer::Signer;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate(Alg::EdDsa));

/// What a signed header and signed claims are read as.
fn read(header: &str, claims: &str) -> Result<(), ParseError> {
    let token = SIGNER.raw_token(header, claims.as_bytes());
    Token::parse(token.as_bytes(), Limits::new(Limits::MAX_SIZE)).map(|_| ())
}

fn nested(depth: usize) -> String {
    format!(
        "{{\"a\":{}{}}}",
        "[".repeat(depth - 1),
        "]".repeat(depth - 1)
    )
}

#[test]
fn headers() {
    let json = |problem| ParseError::Json(Part::Header, problem);
    let long = "k".repeat(257);
    for (header, error) in [
        // The algorithm.
        (r#"{"alg":"none"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"None"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"nOnE"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"NONE"}"#, ParseError::AlgUnknown),
        (r#"{"alg":""}"#, ParseError::AlgUnknown),
        (r#"{"alg":"EdDSA "}"#, ParseError::AlgUnknown),
        (r#"{"alg":"eddsa"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"ES256K"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"dir"}"#, ParseError::AlgUnknown),
        (r#"{"alg":"EdDSA\u0000"}"#, ParseError::AlgUnknown),
        (r#"{}"#, ParseError::AlgMissing),
        (r#"{"typ":"JWT"}"#, ParseError::AlgMissing),
        (r#"{"Alg":"EdDSA"}"#, ParseError::AlgMissing),
        (r#"{"alg":null}"#, ParseError::AlgMissing),
        (r#"{"alg":256}"#, ParseError::AlgMissing),
        (r#"{"alg":true}"#, ParseError::AlgMissing),
        (r#"{"alg":["EdDSA"]}"#, ParseError::AlgMissing),
        (r#"{"alg":{"EdDSA":1}}"#, ParseError::AlgMissing),
        // One meaning.
        (
            r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"alg":"EdDSA","alg":"none"}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"alg":"none","alg":"EdDSA"}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"alg":"EdDSA","\u0061lg":"none"}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"alg":"EdDSA","x":{"y":1,"y":2}}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"alg":"EdDSA","x":[{"y":1,"y":1}]}"#,
            json(JsonProblem::Duplicate),
        ),
        (r#"{"alg":"EdDSA""#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA",}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA"}{"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA"} x"#, json(JsonProblem::Syntax)),
        (r#"{alg:"EdDSA"}"#, json(JsonProblem::Syntax)),
        (r#"{'alg':'EdDSA'}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA"/**/}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA","x":NaN}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA","x":01}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA","x":1e400}"#, json(JsonProblem::Syntax)),
        (r#"{"alg":"EdDSA","x":"\ud800"}"#, json(JsonProblem::Syntax)),
        ("\u{feff}{\"alg\":\"EdDSA\"}", json(JsonProblem::Syntax)),
        ("", json(JsonProblem::Syntax)),
        (r#"["alg","EdDSA"]"#, json(JsonProblem::NotObject)),
        (r#""EdDSA""#, json(JsonProblem::NotObject)),
        ("null", json(JsonProblem::NotObject)),
        // Extensions.
        (r#"{"alg":"EdDSA","crit":["exp"]}"#, ParseError::Critical),
        (
            r#"{"alg":"EdDSA","crit":["b64"],"b64":true}"#,
            ParseError::Critical,
        ),
        (r#"{"alg":"EdDSA","crit":[]}"#, ParseError::Critical),
        (r#"{"alg":"EdDSA","crit":"exp"}"#, ParseError::Critical),
        (r#"{"alg":"EdDSA","crit":null}"#, ParseError::Critical),
        (r#"{"alg":"EdDSA","b64":false}"#, ParseError::Unencoded),
        (r#"{"alg":"EdDSA","b64":true}"#, ParseError::Unencoded),
        // Names.
        (r#"{"alg":"EdDSA","kid":1}"#, ParseError::Kid),
        (r#"{"alg":"EdDSA","kid":null}"#, ParseError::Kid),
        (r#"{"alg":"EdDSA","kid":["one"]}"#, ParseError::Kid),
        (
            &format!(r#"{{"alg":"EdDSA","kid":"{long}"}}"#),
            ParseError::Kid,
        ),
        (r#"{"alg":"EdDSA","typ":false}"#, ParseError::Typ),
        (
            &format!(r#"{{"alg":"EdDSA","typ":"{long}"}}"#),
            ParseError::Typ,
        ),
    ] {
        assert_eq!(read(header, "{}"), Err(error), "{header}");
    }
    for header in [
        r#"{"alg":"EdDSA"}"#,
        "\r\n{\t\"alg\" : \"EdDSA\" } ",
        r#"{"\u0061lg":"EdDSA","kid":""}"#,
        r#"{"alg":"EdDSA","kid":"../../../dev/null"}"#,
        r#"{"alg":"EdDSA","kid":"' OR 1=1 --"}"#,
        r#"{"alg":"EdDSA","cty":"JWT","zip":"DEF","x":[1,2.5,{"y":null}]}"#,
    ] {
        assert_eq!(read(header, "{}"), Ok(()), "{header}");
    }
}

#[test]
fn claims() {
    let json = |problem| ParseError::Json(Part::Payload, problem);
    for (claims, error) in [
        ("", json(JsonProblem::Syntax)),
        ("{", json(JsonProblem::Syntax)),
        ("foo", json(JsonProblem::Syntax)),
        (r#"{"exp":NaN}"#, json(JsonProblem::Syntax)),
        (r#"{"exp":Infinity}"#, json(JsonProblem::Syntax)),
        (r#"{"exp":1e400}"#, json(JsonProblem::Syntax)),
        (r#"{"exp":+1}"#, json(JsonProblem::Syntax)),
        (r#"{"exp":0x10}"#, json(JsonProblem::Syntax)),
        (r#"{"exp":1_000}"#, json(JsonProblem::Syntax)),
        ("[]", json(JsonProblem::NotObject)),
        ("1", json(JsonProblem::NotObject)),
        (r#"{"sub":"a","sub":"b"}"#, json(JsonProblem::Duplicate)),
        (
            r#"{"exp":1,"exp":2000000000}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            r#"{"a":{"b":[{"c":1,"c":2}]}}"#,
            json(JsonProblem::Duplicate),
        ),
        (
            &nested(usize::from(MAX_DEPTH) + 1),
            json(JsonProblem::TooDeep),
        ),
        (&nested(10_000), json(JsonProblem::TooDeep)),
        (r#"{"exp":"2000000000"}"#, ParseError::Claim("exp")),
        (r#"{"exp":-1}"#, ParseError::Claim("exp")),
        (r#"{"exp":-0.5}"#, ParseError::Claim("exp")),
        (r#"{"exp":253402300799.5}"#, ParseError::Claim("exp")),
        (r#"{"exp":1e300}"#, ParseError::Claim("exp")),
        (r#"{"exp":true}"#, ParseError::Claim("exp")),
        (r#"{"exp":null}"#, ParseError::Claim("exp")),
        (r#"{"exp":[2000000000]}"#, ParseError::Claim("exp")),
        (r#"{"exp":{}}"#, ParseError::Claim("exp")),
        (r#"{"exp":2000000000000}"#, ParseError::Claim("exp")),
        (r#"{"exp":9223372036854775808}"#, ParseError::Claim("exp")),
        (r#"{"exp":18446744073709551615}"#, ParseError::Claim("exp")),
        (r#"{"exp":18446744073709551617}"#, ParseError::Claim("exp")),
        (r#"{"nbf":"0"}"#, ParseError::Claim("nbf")),
        (r#"{"nbf":-62135596800}"#, ParseError::Claim("nbf")),
        (r#"{"nbf":false}"#, ParseError::Claim("nbf")),
        (r#"{"iat":"now"}"#, ParseError::Claim("iat")),
        (r#"{"iat":-1.5}"#, ParseError::Claim("iat")),
        (r#"{"iss":1}"#, ParseError::Claim("iss")),
        (
            r#"{"iss":["https://issuer.example"]}"#,
            ParseError::Claim("iss"),
        ),
        (r#"{"iss":null}"#, ParseError::Claim("iss")),
        (r#"{"sub":42}"#, ParseError::Claim("sub")),
        (r#"{"sub":{"id":1}}"#, ParseError::Claim("sub")),
        (r#"{"jti":7}"#, ParseError::Claim("jti")),
        (r#"{"aud":1}"#, ParseError::Claim("aud")),
        (r#"{"aud":null}"#, ParseError::Claim("aud")),
        (r#"{"aud":{"api":true}}"#, ParseError::Claim("aud")),
        (r#"{"aud":["api",1]}"#, ParseError::Claim("aud")),
        (r#"{"aud":[["api"]]}"#, ParseError::Claim("aud")),
    ] {
        assert_eq!(read(r#"{"alg":"EdDSA"}"#, claims), Err(error), "{claims}");
    }
    for claims in [
        "{}",
        r#"{"exp":0,"nbf":0,"iat":253402300799}"#,
        r#"{"exp":2000000000.5,"nbf":-0,"iat":2e9}"#,
        r#"{"aud":[]}"#,
        r#"{"aud":"api"}"#,
        r#"{"aud":["api","other"],"iss":"","sub":"","jti":""}"#,
        r#"{"nested":{"exp":"whatever","aud":1}}"#,
        &nested(usize::from(MAX_DEPTH)),
    ] {
        assert_eq!(read(r#"{"alg":"EdDSA"}"#, claims), Ok(()), "{claims}");
    }
    let token = SIGNER.raw_token(r#"{"alg":"EdDSA"}"#, b"{\"sub\":\"\xff\"}");
    let error = Token::parse(token.as_bytes(), Limits::default()).unwrap_err();
    assert_eq!(error, json(JsonProblem::Syntax));
}

/// Other texts for the same bytes, each signed as it stands.
#[test]
fn encodings() {
    let (header, claims) = (
        base64url(br#"{"alg":"EdDSA"}"#),
        base64url(b"{\"a\":\"~~~~?\"}"),
    );
    let signature = |signed: &str| base64url(&SIGNER.sign(signed.as_bytes()));
    let good = format!("{header}.{claims}");
    assert!(claims.contains('-') || claims.contains('_'), "{claims}");
    let mut texts: Vec<(String, ParseError)> = vec![];
    for (header, claims, part) in [
        (format!("{header}="), claims.clone(), Part::Header),
        (format!("{header} "), claims.clone(), Part::Header),
        (format!(" {header}"), claims.clone(), Part::Header),
        (format!("{header}\n"), claims.clone(), Part::Header),
        (header.clone(), format!("{claims}=="), Part::Payload),
        (header.clone(), format!("{claims}%3D"), Part::Payload),
        (
            header.clone(),
            claims.replace('_', "/").replace('-', "+"),
            Part::Payload,
        ),
        // `{}` with the two bits set that no byte takes.
        (header.clone(), "e31".to_owned(), Part::Payload),
        // No number of bytes has five characters.
        (header.clone(), "e30AA".to_owned(), Part::Payload),
    ] {
        let signed = format!("{header}.{claims}");
        texts.push((
            format!("{signed}.{}", signature(&signed)),
            ParseError::Encoding(part),
        ));
    }
    let good_signature = signature(&good);
    for bad in [
        format!("{good_signature}="),
        format!("{good_signature}=="),
        format!("{good_signature} "),
        format!("{good_signature}\0"),
        format!("{good_signature}AAA"),
    ] {
        texts.push((
            format!("{good}.{bad}"),
            ParseError::Encoding(Part::Signature),
        ));
    }
    for (text, error) in [
        (String::new(), ParseError::NotCompact),
        (".".to_owned(), ParseError::NotCompact),
        (good.clone(), ParseError::NotCompact),
        (format!("{good}.{good_signature}."), ParseError::NotCompact),
        (format!("{good}.{good_signature}.."), ParseError::Encrypted),
        (
            format!("{good}.{good_signature}.a.b"),
            ParseError::Encrypted,
        ),
        (
            format!("{good}.{good_signature}.a.b.c"),
            ParseError::NotCompact,
        ),
        (format!("{good}."), ParseError::Unsigned),
        (
            "..".to_owned(),
            ParseError::Json(Part::Header, JsonProblem::Syntax),
        ),
        (
            format!("Bearer {good}.{good_signature}"),
            ParseError::Encoding(Part::Header),
        ),
        (
            format!("{good}.{good_signature},{good}.{good_signature}"),
            ParseError::Encrypted,
        ),
    ] {
        texts.push((text, error));
    }
    for (text, error) in texts {
        let read = Token::parse(text.as_bytes(), Limits::default()).map(|_| ());
        assert_eq!(read, Err(error), "{text}");
    }
    let good = format!("{good}.{good_signature}");
    assert!(Token::parse(good.as_bytes(), Limits::default()).is_ok());
}

#[test]
fn sizes() {
    let token = |size: usize| {
        let claims = format!(r#"{{"a":"{}"}}"#, "x".repeat(size));
        SIGNER.raw_token(r#"{"alg":"EdDSA"}"#, claims.as_bytes())
    };
    let read = |text: &str, limits| Token::parse(text.as_bytes(), limits).map(|_| ());
    let small = token(100);
    assert_eq!(read(&small, Limits::new(small.len())), Ok(()));
    assert_eq!(
        read(&small, Limits::new(small.len() - 1)),
        Err(ParseError::TooLarge)
    );
    assert_eq!(
        read(&token(7000), Limits::default()),
        Err(ParseError::TooLarge)
    );
    assert_eq!(read(&token(7000), Limits::new(16 * 1024)), Ok(()));
    // Nobody can ask for more than 64 KiB.
    assert_eq!(
        read(&token(60_000), Limits::new(usize::MAX)),
        Err(ParseError::TooLarge)
    );
}

/// Keys that the token brings along, or says where to get: never looked at.
#[test]
fn embedded_keys() {
    let theirs = Signer::generate(Alg::Rs256);
    let mine = Signer::generate(Alg::Rs256);
    let set = json!({"keys": [mine.jwk()]}).to_string();
    let (keys, _) = KeySet::parse(set.as_bytes()).unwrap();
    for (member, value) in [
        ("jwk", theirs.jwk()),
        ("jku", json!("https://attacker.example/keys")),
        ("x5u", json!("https://attacker.example/chain")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
    ] {
        let header = json!({"alg": "RS256", member: value});
        let text = theirs.token(&header, &json!({"sub": "admin"}));
        let token = Token::parse(text.as_bytes(), Limits::default()).unwrap();
        let candidates = keys
            .candidates(token.header(), AllowList::public_key())
            .unwrap();
        assert_eq!(candidates.len(), 1);
        assert_eq!(
            verify(token.jws(), candidates[0], &mut support::host),
            Verdict::Invalid,
            "{member}"
        );
    }
}

/// A public key as the secret of HMAC (RFC 8725, 2.1), in each form in which it may lie around.
#[test]
fn confusion() {
    let mine = Signer::generate(Alg::Rs256);
    let set = json!({"keys": [mine.jwk()]}).to_string();
    let (keys, _) = KeySet::parse(set.as_bytes()).unwrap();
    let spki = keys.keys()[0].spki().unwrap().to_vec();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64url(&spki)
    );
    for secret in [
        spki,
        pem.into_bytes(),
        mine.jwk().to_string().into_bytes(),
        vec![],
    ] {
        for (name, algorithm) in [
            ("HS256", aws_lc_rs::hmac::HMAC_SHA256),
            ("HS512", aws_lc_rs::hmac::HMAC_SHA512),
        ] {
            let signed = format!(
                "{}.{}",
                base64url(json!({"alg": name}).to_string().as_bytes()),
                base64url(b"{}")
            );
            let key = aws_lc_rs::hmac::Key::new(algorithm, &secret);
            let tag = base64url(aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref());
            let text = format!("{signed}.{tag}");
            let token = Token::parse(text.as_bytes(), Limits::default()).unwrap();
            let everything: AllowList = Alg::ALL.into_iter().collect();
            assert_eq!(
                keys.candidates(token.header(), everything).unwrap_err(),
                NoKey::NoneFits
            );
            assert_eq!(
                keys.candidates(token.header(), AllowList::public_key())
                    .unwrap_err(),
                NoKey::NotAllowed
            );
            assert_eq!(
                verify(token.jws(), &keys.keys()[0], &mut support::host),
                Verdict::WrongKey
            );
        }
    }
}

/// The signature of PSS is a number below the modulus (RFC 8017, 8.1.2): the same number plus the
/// modulus, where it still fits, is none.
#[test]
fn pss_signature_beyond_the_modulus() {
    let signer = Signer::generate(Alg::Ps256);
    let key = support::key(signer.jwk());
    let n = base64url_to_bytes(&signer.jwk()["n"]);
    // The signature is below 2^2048 - n for about one text in three or fewer: find one.
    let mut tried = 0_u32;
    let (text, beyond) = loop {
        tried += 1;
        let text = tried.to_be_bytes();
        let signature = signer.sign(&text);
        let mut carry = 0_u16;
        let mut sum: Vec<u8> = signature
            .iter()
            .zip(&n)
            .rev()
            .map(|(a, b)| {
                let digit = u16::from(*a) + u16::from(*b) + carry;
                carry = digit >> 8;
                digit.to_le_bytes()[0]
            })
            .collect();
        if carry == 0 {
            sum.reverse();
            break (text, sum);
        }
        assert!(tried < 10_000);
    };
    assert!(!support::is_signed(&key, Alg::Ps256, &text, &beyond));
}

fn base64url_to_bytes(value: &Value) -> Vec<u8> {
    use base64::Engine;
    let text = value.as_str().unwrap();
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}
