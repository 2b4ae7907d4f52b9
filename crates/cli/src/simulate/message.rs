//! Requests and responses as files hold them: raw HTTP/1.1, or as in the catalogue's cases.

use anyhow::{Result, anyhow, bail};
use hachure_casefile::{Message, Text};
use hachure_config::from_value;

use crate::cursor::Cursor;
use crate::finding::Finding;
use crate::input;

/// Reads a request.
pub(super) fn request(file: &str) -> Result<Message> {
    let bytes = read(file)?;
    let head = Head::split(&bytes);
    let message = match head.start.split(' ').collect::<Vec<_>>().as_slice() {
        [method, target, version] if version.starts_with("HTTP/") => {
            let message = raw_request(method, target, &head);
            message.map_err(|why| anyhow!("{file}: {why}"))?
        }
        _ => of_case(file, &bytes)?,
    };
    for name in [":method", ":path"] {
        if !message.headers.to_map().contains(name) {
            bail!(
                "{file}: a request needs `{name}` in its headers, or is raw HTTP/1.1 and begins \
                 with a line as `GET /orders HTTP/1.1`"
            );
        }
    }
    Ok(message)
}

/// Reads an upstream's response.
pub(super) fn response(file: &str) -> Result<Message> {
    let bytes = read(file)?;
    let head = Head::split(&bytes);
    match head.start.split(' ').collect::<Vec<_>>().as_slice() {
        [version, status, ..] if version.starts_with("HTTP/") => {
            let message = raw_response(status, &head);
            message.map_err(|why| anyhow!("{file}: {why}"))
        }
        _ => of_case(file, &bytes),
    }
}

fn read(file: &str) -> Result<Vec<u8>> {
    input::bytes(file).map_err(|why| anyhow!("{file}: {why}"))
}

/// A message in YAML or JSON: `headers`, `body`, `trailers`.
fn of_case(file: &str, bytes: &[u8]) -> Result<Message> {
    let text = str::from_utf8(bytes).map_err(|_| anyhow!("{file}: this is no text"))?;
    let document = match hachure_yaml::parse(text) {
        Ok(document) => document,
        Err(error) => bail!("{}", Finding::of_yaml(file, &error)),
    };
    from_value(document.value.clone()).map_err(|errors| {
        let findings = Finding::of_errors(&Cursor::root(file, &document), &errors);
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        anyhow!("{}", lines.join("\n"))
    })
}

/// A raw message, taken apart.
struct Head<'m> {
    start: &'m str,
    /// Header lines with their line numbers.
    lines: Vec<(usize, &'m [u8])>,
    body: &'m [u8],
}

impl<'m> Head<'m> {
    /// Splits at line ends (LF, with or without CR) up to the first empty line.
    fn split(bytes: &'m [u8]) -> Self {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(rest.len());
            let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
            rest = behind.get(1..).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                break;
            }
            lines.push((lines.len().saturating_add(1), line));
        }
        let start = lines
            .first()
            .and_then(|(_, line)| str::from_utf8(line).ok());
        let start = start.unwrap_or_default();
        Self {
            start,
            lines: lines.split_off(lines.len().min(1)),
            body: rest,
        }
    }

    /// The headers, names in lower case as Envoy shows them to filters.
    fn headers(&self) -> Result<Vec<(String, Text)>, String> {
        let header = |(number, line): &(usize, &[u8])| {
            let colon = line.iter().position(|byte| *byte == b':');
            let (name, value) = colon.and_then(|at| line.split_at_checked(at)).unzip();
            let name = name
                .and_then(|name| str::from_utf8(name).ok())
                .unwrap_or_default();
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(format!("line {number}: expected `name: value`"));
            }
            let value = value
                .and_then(|value| value.get(1..))
                .unwrap_or_default()
                .trim_ascii();
            Ok((name.to_ascii_lowercase(), Text(value.to_vec())))
        };
        let headers = self
            .lines
            .iter()
            .map(header)
            .collect::<Result<Vec<_>, _>>()?;
        if headers.iter().any(|(name, _)| name == "transfer-encoding") {
            return Err("write the body as it is, without `transfer-encoding`".to_owned());
        }
        Ok(headers)
    }

    fn message(&self, pseudo: Vec<(&str, &[u8])>, headers: Vec<(String, Text)>) -> Message {
        let mut message = Message::default();
        let pseudo = pseudo
            .into_iter()
            .map(|(name, v)| (name.to_owned(), Text(v.to_vec())));
        message.headers.0.extend(pseudo.chain(headers));
        if !self.body.is_empty() {
            message.body.push(Text(self.body.to_vec()));
        }
        message
    }
}

fn raw_request(method: &str, target: &str, head: &Head<'_>) -> Result<Message, String> {
    let mut headers = head.headers()?;
    let absolute = target.split_once("://").map(|(scheme, rest)| {
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        (scheme, authority, if path.is_empty() { "/" } else { path })
    });
    let host = headers
        .iter()
        .find(|(name, _)| name == "host")
        .map(|(_, value)| value.0.clone());
    headers.retain(|(name, _)| name != "host");
    let (scheme, authority, path) = match absolute {
        Some((scheme, authority, path)) => (scheme, authority.as_bytes().to_vec(), path),
        None => ("http", host.ok_or("there is no `Host` header")?, target),
    };
    let pseudo = vec![
        (":method", method.as_bytes()),
        (":path", path.as_bytes()),
        (":scheme", scheme.as_bytes()),
        (":authority", authority.as_slice()),
    ];
    Ok(head.message(pseudo, headers))
}

fn raw_response(status: &str, head: &Head<'_>) -> Result<Message, String> {
    if status
        .parse::<u16>()
        .is_ok_and(|status| (200..600).contains(&status))
    {
        return Ok(head.message(vec![(":status", status.as_bytes())], head.headers()?));
    }
    Err(format!(
        "line 1: expected a status from 200 to 599, found {status}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Result<Message, String> {
        let head = Head::split(text);
        let [method, target, _] = head.start.split(' ').collect::<Vec<_>>()[..] else {
            return Err("no request line".into());
        };
        raw_request(method, target, &head)
    }

    #[test]
    fn a_raw_request_is_what_envoy_would_show() {
        let message = parsed(
            b"PUT /a?b HTTP/1.1\r\nHOST: api.example.com\r\nX-A: one \r\nx-a: \xff\r\n\r\nbody\r\n",
        );
        let message = message.unwrap();
        let headers = message.headers.to_map();
        let shown: Vec<_> = headers.iter().collect();
        let expected: [(&[u8], &[u8]); 6] = [
            (b":method", b"PUT"),
            (b":path", b"/a?b"),
            (b":scheme", b"http"),
            (b":authority", b"api.example.com"),
            (b"x-a", b"one"),
            (b"x-a", b"\xff"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(message.body, [Text(b"body\r\n".to_vec())]);
    }

    #[test]
    fn the_absolute_form_names_scheme_and_host() {
        let message = parsed(b"GET https://a.example HTTP/1.1\nHost: ignored\n").unwrap();
        let headers = message.headers.to_map();
        assert_eq!(headers.values(":authority").next(), Some(&b"a.example"[..]));
        assert_eq!(headers.values(":path").next(), Some(&b"/"[..]));
        assert_eq!(headers.values(":scheme").next(), Some(&b"https"[..]));
        assert!(message.ends_with_headers());
    }

    #[test]
    fn what_is_no_header_is_named_by_its_line() {
        let error = |text: &str| parsed(text.as_bytes()).unwrap_err();
        let start = "GET / HTTP/1.1\nHost: a\n";
        for bad in ["no colon", " folded: x", ": x", "a b: c"] {
            assert_eq!(
                error(&format!("{start}{bad}\n")),
                "line 3: expected `name: value`",
                "{bad}"
            );
        }
        assert_eq!(error("GET / HTTP/1.1\n\n"), "there is no `Host` header");
        assert!(error(&format!("{start}Transfer-Encoding: chunked\n")).contains("as it is"));
    }
}
