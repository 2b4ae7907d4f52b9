//! A request as a line for a shell.

use std::net::SocketAddr;

use crate::run_file::TryRequest;

/// The `curl` line that sends `request` to `address` and shows the headers of the answer.
pub(super) fn line(request: &TryRequest, address: SocketAddr) -> String {
    let mut words = vec!["curl".to_owned()];
    words.push(match (request.method.as_str(), &request.body) {
        ("GET", None) => "-i".to_owned(),
        ("HEAD", None) => "-I".to_owned(),
        (method, _) => format!("-i -X {}", quoted(method)),
    });
    for (name, value) in &request.headers {
        let header = if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {value}")
        };
        words.push(format!("-H {}", quoted(&header)));
    }
    if let Some(body) = &request.body {
        words.push(format!("--data-binary {}", quoted(body)));
    }
    // Curl would resolve dot segments, and take brackets and braces for patterns.
    let path = &request.path;
    if path.contains("/.") {
        words.push("--path-as-is".to_owned());
    }
    if path.contains(['[', ']', '{', '}']) {
        words.push("-g".to_owned());
    }
    words.push(quoted(&format!("http://{address}{path}")));
    words.join(" ")
}

/// A word that every shell takes as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(yaml: &str) -> String {
        let document = hachure_yaml::parse(yaml).unwrap();
        let request = serde_json::from_value(document.value).unwrap();
        line(&request, SocketAddr::from(([127, 0, 0, 1], 10000)))
    }

    #[test]
    fn a_simple_request_is_a_simple_line() {
        assert_eq!(
            line_of("path: /v1/orders"),
            "curl -i http://127.0.0.1:10000/v1/orders"
        );
        assert_eq!(
            line_of("{method: HEAD, path: '/?a=1&b'}"),
            "curl -I 'http://127.0.0.1:10000/?a=1&b'"
        );
    }

    #[test]
    fn what_a_shell_or_curl_would_change_is_quoted() {
        let request =
            r#"{method: PUT, path: "/a/../{b}", headers: {a: "it's", b: ""}, body: "$x"}"#;
        assert_eq!(
            line_of(request),
            r"curl -i -X PUT -H 'a: it'\''s' -H 'b;' --data-binary '$x' --path-as-is -g 'http://127.0.0.1:10000/a/../{b}'"
        );
    }
}
