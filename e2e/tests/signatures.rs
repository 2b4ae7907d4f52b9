//! Published vectors in real Envoy, Wycheproof's and the RFCs': the same verdict by Envoy's crypto,
//! inside the module, and natively, where `crates/jose` holds it against what the vectors say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, setup};
use hachure_envoy::WasmFilter;
use hachure_jose::{Alg, AllowList, Jws, KeySet, Limits, Verdict, verify, verify_signature};
use serde_json::{Value, json};

/// What is asked: of a token, or of a text and its signature.
struct Question {
    set: String,
    id: u64,
    keys: String,
    about: About,
}

enum About {
    Token(String),
    Signature(Alg, Vec<u8>, Vec<u8>),
}

/// Every vector of every file.
fn questions() -> Vec<Question> {
    let data = setup::repository().join("crates/jose/tests/data");
    let folder = data.join("wycheproof");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "gz"));
    files.sort();
    let of_rfcs = examples(&data.join("rfc.json"));
    files.iter().flat_map(of_file).chain(of_rfcs).collect()
}

/// The examples of RFC 7515, 7519, 7520, 7797 and 8037.
fn examples(file: &Path) -> Vec<Question> {
    let examples: Vec<Value> = serde_json::from_reader(File::open(file).unwrap()).unwrap();
    let question = |(id, example): (u64, &Value)| Question {
        set: example["name"].as_str().unwrap().to_owned(),
        id,
        keys: json!({"keys": [example["key"]]}).to_string(),
        about: About::Token(example["token"].as_str().unwrap().to_owned()),
    };
    (1..).zip(&examples).map(question).collect()
}

fn of_file(file: &PathBuf) -> Vec<Question> {
    let set: Value = serde_json::from_reader(GzDecoder::new(File::open(file).unwrap())).unwrap();
    let name = file.file_name().unwrap().to_string_lossy();
    let groups = set["testGroups"].as_array().unwrap().iter();
    let questions: Vec<_> = groups
        .flat_map(|group| {
            let tests = group["tests"].as_array().unwrap().iter();
            tests.flat_map(|test| of_test(&name, group, test))
        })
        .collect();
    assert!(!questions.is_empty(), "{name}");
    questions
}

fn of_test(set: &str, group: &Value, test: &Value) -> Vec<Question> {
    let question = |keys: &Value, about| Question {
        set: set.to_owned(),
        id: test["tcId"].as_u64().unwrap(),
        keys: keys.to_string(),
        about,
    };
    if let Some(token) = test["jws"].as_str() {
        let key = group.get("public").unwrap_or(&group["private"]);
        let keys = match key.get("keys") {
            Some(_) => key.clone(),
            None => json!({"keys": [key]}),
        };
        return vec![question(&keys, About::Token(token.to_owned()))];
    }
    let (Value::String(text), Value::String(signature)) = (&test["msg"], &test["sig"]) else {
        // Of keys that are no keys there is no signature.
        return vec![];
    };
    let (keys, algs) = key(set, group);
    let of = |alg: &Alg| question(&keys, About::Signature(*alg, hex(text), hex(signature)));
    algs.iter().map(of).collect()
}

/// The key of a group as a set, and the algorithms that it is asked with.
fn key(set: &str, group: &Value) -> (Value, Vec<Alg>) {
    let public = &group["publicKey"];
    let part = |name: &str| hex(public[name].as_str().unwrap());
    let named = |end: &str| Alg::from_name(&format!("{end}{}", digits(set))).unwrap();
    let (key, algs) = if set.starts_with("ecdsa") {
        let point = part("uncompressed");
        let (x, y) = point[1..].split_at(point.len() / 2);
        let curve = match public["curve"].as_str().unwrap() {
            "secp256r1" => "P-256",
            "secp384r1" => "P-384",
            _ => "P-521",
        };
        let key = json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)});
        (key, vec![named("ES")])
    } else if set.starts_with("rsa") {
        let key = json!({"kty": "RSA", "n": encode(&part("modulus")), "e": encode(&part("publicExponent"))});
        match (set.starts_with("rsa_pss"), set.contains("misc")) {
            (true, true) => (key, vec![Alg::Ps256, Alg::Ps384, Alg::Ps512]),
            (true, false) => (key, vec![named("PS")]),
            (false, _) => (key, vec![named("RS")]),
        }
    } else {
        (group["publicKeyJwk"].clone(), vec![Alg::EdDsa])
    };
    (json!({"keys": [key]}), algs)
}

/// The hash's size in the name of a set: `…_sha256_…`.
fn digits(set: &str) -> &str {
    let (_, behind) = set.split_once("_sha").unwrap();
    behind
        .split_once(|c: char| !c.is_ascii_digit())
        .map_or(behind, |(digits, _)| digits)
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// As the module in Envoy says it, but natively.
fn natively(question: &Question) -> &'static str {
    let Ok((keys, _)) = KeySet::parse(question.keys.as_bytes()) else {
        return "no key set";
    };
    match &question.about {
        About::Token(token) => {
            let Ok(jws) = Jws::parse(token.as_bytes(), Limits::default()) else {
                return "no token";
            };
            let allowed: AllowList = [jws.header().alg].into_iter().collect();
            let Ok(candidates) = keys.candidates(jws.header(), allowed) else {
                return "no key";
            };
            let valid = |key| verify(&jws, key, &mut |_| None) == Verdict::Valid;
            if candidates.into_iter().any(valid) {
                "valid"
            } else {
                "invalid"
            }
        }
        About::Signature(alg, text, signature) => match keys.keys() {
            [] => "no key",
            [key, ..] => match verify_signature(*alg, text, signature, key, &mut |_| None) {
                Verdict::Valid => "valid",
                Verdict::Invalid => "invalid",
                Verdict::WrongKey => "wrong key",
            },
        },
    }
}

/// Asks the module in Envoy, on one connection.
struct Asker {
    _gateway: Gateway,
    connection: Connection,
}

impl Asker {
    fn new(filter: WasmFilter) -> Self {
        let gateway = Gateway::calling([], 1, Gateway::listener().filter(filter));
        let connection = Connection::open(gateway.address(), b"").unwrap();
        Self {
            _gateway: gateway,
            connection,
        }
    }

    /// The verdict, and who has checked.
    fn ask(&mut self, question: &Question) -> (String, String) {
        let mut request = format!(
            "GET / HTTP/1.1\r\nhost: a\r\nx-keys: {}\r\n",
            encode(question.keys.as_bytes())
        );
        request.push_str(&match &question.about {
            About::Token(token) => format!("x-token: {}\r\n", encode(token.as_bytes())),
            About::Signature(alg, text, signature) => format!(
                "x-alg: {}\r\nx-text: {}\r\nx-signature: {}\r\n",
                alg.name(),
                encode(text),
                encode(signature)
            ),
        });
        self.connection
            .send(format!("{request}\r\n").as_bytes())
            .unwrap();
        let answer = self.connection.receive("GET").unwrap();
        assert_eq!(answer.status(), 200, "{} {}", question.set, question.id);
        (answer.text("x-verdict"), answer.text("x-by"))
    }
}

#[test]
fn every_vector_by_the_host_and_by_the_module() {
    let filter = || setup::wasm("signatures", "signatures", json!({}));
    let mut by_host = Asker::new(filter());
    let mut by_module = Asker::new(filter().without(&["proxy_call_foreign_function"]));
    let (mut wrong, mut hosts, mut valid) = (vec![], 0, 0);
    let questions = questions();
    for question in &questions {
        let expected = natively(question);
        let (host, by) = by_host.ask(question);
        let (module, inside) = by_module.ask(question);
        if [host.as_str(), module.as_str()] != [expected; 2] || inside == "host" {
            let Question { set, id, .. } = question;
            wrong.push(format!(
                "{set} {id}: {expected}, host {host}, module {module} ({inside})"
            ));
        }
        hosts += usize::from(by == "host");
        valid += usize::from(expected == "valid");
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!(
        "{} vectors, {valid} valid, {hosts} checked by Envoy",
        questions.len()
    );
    assert!(questions.len() > 3_000 && valid > 500 && hosts > 1_500);
}
