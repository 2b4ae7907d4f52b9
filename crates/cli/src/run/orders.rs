//! The example upstream: an API of orders, in the versions v1 and v2.
//!
//! `GET` and `POST /v1/orders`, `GET /v1/orders/{id}`, the same under `/v2` with other bodies (what
//! is posted comes back, and must be in the version's form), and
//! `/headers`, which answers with the request as it arrived: what filters did to it can be seen.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

const THREADS: usize = 4;
/// The longest order.
const LONGEST: u64 = 64 * 1024;

/// Starts it on a port of 127.0.0.1 that the system chooses. It ends with this process.
pub(super) fn start() -> Result<SocketAddr> {
    start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Starts it there.
pub(super) fn start_at(address: SocketAddr) -> Result<SocketAddr> {
    let server = Server::http(address).map_err(|why| anyhow!("the example API: {why}"))?;
    let address = server
        .server_addr()
        .to_ip()
        .ok_or_else(|| anyhow!("no address"))?;
    let server = Arc::new(server);
    for _ in 0..THREADS {
        let server = Arc::clone(&server);
        std::thread::spawn(move || server.incoming_requests().for_each(respond));
    }
    Ok(address)
}

fn respond(mut request: Request) {
    let Answer {
        status,
        headers,
        body,
    } = answer(&mut request);
    let mut response = Response::from_string(format!("{body}\n")).with_status_code(status);
    let own = [
        ("content-type", "application/json".to_owned()),
        ("x-powered-by", "orders".to_owned()),
    ];
    for (name, value) in own.into_iter().chain(headers) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    // A client that has gone away wants no answer.
    let _ = request.respond(response);
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl Answer {
    fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }
}

fn answer(request: &mut Request) -> Answer {
    let url = request.url().to_owned();
    let path = url.split('?').next().unwrap_or_default();
    let segments: Vec<_> = path.trim_matches('/').split('/').collect();
    let method = request.method().as_str().to_owned();
    match (method.as_str(), segments.as_slice()) {
        (_, ["headers"] | ["v1" | "v2", "headers"]) => Answer::new(200, seen(request)),
        ("GET" | "HEAD", [version @ ("v1" | "v2"), "orders"]) => {
            let orders: Vec<_> = ORDERS.iter().map(|order| order.shown(version)).collect();
            let list = if *version == "v1" { "orders" } else { "items" };
            Answer::new(200, json!({"version": version, list: orders}))
        }
        ("POST", [version @ ("v1" | "v2"), "orders"]) => created(version, request),
        ("GET" | "HEAD", [version @ ("v1" | "v2"), "orders", id]) => {
            let order = ORDERS.iter().find(|order| order.id == *id);
            order.map_or_else(not_found, |order| Answer::new(200, order.shown(version)))
        }
        (_, ["v1" | "v2", "orders", ..]) => Answer::new(
            405,
            json!({"error": format!("{method} is not allowed here")}),
        ),
        _ => not_found(),
    }
}

/// An order as it was sent: v1 has a total, v2 an amount.
fn created(version: &str, request: &mut Request) -> Answer {
    let mut text = String::new();
    let read = request.as_reader().take(LONGEST).read_to_string(&mut text);
    let sent: Value = read
        .ok()
        .and_then(|_| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let member = if version == "v1" { "total" } else { "amount" };
    let Some(value) = sent.get(member) else {
        return Answer::new(
            422,
            json!({"error": format!("an order of {version} has {member}")}),
        );
    };
    Answer {
        headers: vec![("location", format!("/{version}/orders/1003"))],
        ..Answer::new(
            201,
            json!({"version": version, "id": "1003", member: value}),
        )
    }
}

fn not_found() -> Answer {
    Answer::new(404, json!({"error": "there is nothing here"}))
}

/// The request as it arrived; several values of a header as a list.
fn seen(request: &Request) -> Value {
    let mut headers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for header in request.headers() {
        let name = header.field.as_str().as_str().to_ascii_lowercase();
        headers.entry(name).or_default().push(header.value.as_str());
    }
    let one_or_many = |(name, values): (String, Vec<&str>)| match values.as_slice() {
        [one] => (name, json!(one)),
        many => (name, json!(many)),
    };
    let headers: serde_json::Map<_, _> = headers.into_iter().map(one_or_many).collect();
    json!({"method": request.method().as_str(), "path": request.url(), "headers": headers})
}

struct Order {
    id: &'static str,
    value: &'static str,
    state: &'static str,
}

const ORDERS: [Order; 2] = [
    Order {
        id: "1001",
        value: "12.50",
        state: "paid",
    },
    Order {
        id: "1002",
        value: "79.00",
        state: "open",
    },
];

impl Order {
    /// v1 has the total as text, v2 as an amount with its currency.
    fn shown(&self, version: &str) -> Value {
        let Self { id, value, state } = self;
        if version == "v1" {
            let total = format!("{value} EUR");
            return json!({"id": id, "total": total, "state": state});
        }
        json!({"id": id, "amount": {"value": value, "currency": "EUR"}, "status": state})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> (u16, Value) {
        let url = format!("http://{}{path}", start().unwrap());
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let mut response = agent
            .get(url)
            .header("x-a", "1")
            .header("X-A", "2")
            .call()
            .unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&body).unwrap(),
        )
    }

    #[test]
    fn the_versions_differ_in_their_bodies() {
        let (status, v1) = get("/v1/orders/1001?x=1");
        assert_eq!((status, v1["total"].as_str()), (200, Some("12.50 EUR")));
        let (status, v2) = get("/v2/orders");
        assert_eq!(
            (status, v2["items"][0]["amount"]["value"].as_str()),
            (200, Some("12.50"))
        );
        assert_eq!(get("/v1/orders/7").0, 404);
        assert_eq!(get("/v3/orders").0, 404);
    }

    #[test]
    fn it_shows_what_it_saw() {
        let (status, seen) = get("/headers?q=1");
        assert_eq!((status, seen["path"].as_str()), (200, Some("/headers?q=1")));
        assert_eq!(seen["headers"]["x-a"], json!(["1", "2"]));
    }
}
