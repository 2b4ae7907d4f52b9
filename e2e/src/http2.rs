//! HTTP/2 without TLS, known beforehand (RFC 9113, 3.3).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use hachure_casefile::{Headers, Message};
use hachure_exchange::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use tokio::net::TcpStream;

use crate::Received;
use crate::client::connect;
use crate::message::{fields, first};
use crate::runtime::wait;

type Requests = SendRequest<Bytes>;

async fn handshake(stream: TcpStream) -> Result<Requests, String> {
    let (requests, connection) = h2::client::handshake(stream).await.map_err(text)?;
    // It ends with its last handle, or with the peer.
    tokio::spawn(connection);
    requests.ready().await.map_err(text)
}

/// Sends a request and reads its response.
pub(crate) async fn exchange(stream: TcpStream, message: &Message) -> Result<Received, String> {
    ask(&mut handshake(stream).await?, message).await
}

/// A connection for one request after the other.
pub struct Http2Connection(Requests);

impl Http2Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        wait(async { Ok(Self(handshake(connect(address).await?).await?)) })
    }

    /// Sends a request and waits for the response.
    pub fn send(&mut self, message: &Message) -> Result<Received, String> {
        wait(ask(&mut self.0, message))
    }
}

async fn ask(requests: &mut Requests, message: &Message) -> Result<Received, String> {
    let end = message.ends_with_headers();
    let (response, stream) = requests.send_request(head(message)?, end).map_err(text)?;
    if !end {
        // A peer that has answered need not read on.
        let _ = send_body(stream, message);
    }
    let (mut received, body) = split(response.await.map_err(text)?);
    (received.body, received.trailers) = receive_body(body).await?;
    Ok(received)
}

/// A stream that stays open in both directions: a CONNECT (RFC 9113, 8.5), plain or extended (RFC
/// 8441).
pub struct Stream {
    /// The head of the response.
    pub head: Received,
    send: SendStream<Bytes>,
    receive: RecvStream,
    _requests: Requests,
}

impl Stream {
    /// Opens one for that protocol, `websocket`, or a plain one. The request's method is CONNECT.
    pub fn open(
        address: SocketAddr,
        message: &Message,
        protocol: Option<&str>,
    ) -> Result<Self, String> {
        wait(async {
            let mut requests = handshake(connect(address).await?).await?;
            let mut request = head(message)?;
            if let Some(protocol) = protocol {
                while !requests.is_extended_connect_protocol_enabled() {
                    // The peer's settings say so; they are on their way.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                request.extensions_mut().insert(Protocol::from(protocol));
            }
            let (response, send) = requests.send_request(request, false).map_err(text)?;
            let (head, receive) = split(response.await.map_err(text)?);
            Ok(Self {
                head,
                send,
                receive,
                _requests: requests,
            })
        })
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.send
            .send_data(Bytes::copy_from_slice(bytes), false)
            .map_err(text)
    }

    /// Reads the next bytes, however many there are.
    pub fn receive(&mut self) -> Result<Vec<u8>, String> {
        wait(async {
            let bytes = self
                .receive
                .data()
                .await
                .ok_or("the stream ended")?
                .map_err(text)?;
            self.receive
                .flow_control()
                .release_capacity(bytes.len())
                .map_err(text)?;
            Ok(bytes.to_vec())
        })
    }
}

fn split(response: Response<RecvStream>) -> (Received, RecvStream) {
    let (parts, body) = response.into_parts();
    let status = [(":status", parts.status.as_str().as_bytes())];
    let headers = received(&status, &parts.headers);
    (
        Received {
            headers,
            ..Received::default()
        },
        body,
    )
}

fn head(message: &Message) -> Result<Request<()>, String> {
    let part = |name| first(message, name).map(Bytes::copy_from_slice);
    let mut uri = Uri::builder();
    if let Some(authority) = part(":authority") {
        uri = uri.authority(Authority::from_maybe_shared(authority).map_err(text)?);
    }
    if let Some(path) = part(":path") {
        let scheme = part(":scheme").unwrap_or(Bytes::from_static(b"http"));
        uri = uri.scheme(Scheme::try_from(scheme.as_ref()).map_err(text)?);
        uri = uri.path_and_query(PathAndQuery::from_maybe_shared(path).map_err(text)?);
    }
    let method = part(":method").ok_or("no :method to send")?;
    let request = Request::builder()
        .method(method.as_ref())
        .uri(uri.build().map_err(text)?);
    let mut request = request
        .version(http::Version::HTTP_2)
        .body(())
        .map_err(text)?;
    *request.headers_mut() = sent(fields(message))?;
    Ok(request)
}

/// Takes a request, and answers it once `answer` knows it whole.
pub(crate) async fn serve(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    answer: impl FnOnce(Received) -> Option<Message>,
) -> Result<(), String> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    let pseudo = [
        (":method", parts.method.as_str().as_bytes()),
        (
            ":scheme",
            parts.uri.scheme_str().unwrap_or_default().as_bytes(),
        ),
        (
            ":authority",
            parts
                .uri
                .authority()
                .map_or("", Authority::as_str)
                .as_bytes(),
        ),
        (":path", path.as_bytes()),
    ];
    let headers = received(&pseudo, &parts.headers);
    let (body, trailers) = receive_body(body).await?;
    let answer = answer(Received {
        headers,
        body,
        trailers,
        interim: vec![],
    });
    let Some(message) = answer else {
        respond.send_reset(h2::Reason::INTERNAL_ERROR);
        return Ok(());
    };
    let status = first(&message, ":status").unwrap_or(b"200");
    let mut response = Response::builder().status(status).body(()).map_err(text)?;
    *response.headers_mut() = sent(fields(&message))?;
    let end = message.ends_with_headers();
    let stream = respond.send_response(response, end).map_err(text)?;
    if end {
        Ok(())
    } else {
        send_body(stream, &message)
    }
}

fn send_body(mut stream: SendStream<Bytes>, message: &Message) -> Result<(), String> {
    let trailers = !message.trailers.0.is_empty();
    let last = message.body.len().saturating_sub(1);
    for (i, chunk) in message.body.iter().enumerate() {
        let end = i == last && !trailers;
        stream
            .send_data(Bytes::copy_from_slice(&chunk.0), end)
            .map_err(text)?;
    }
    if trailers {
        let Headers(trailers) = &message.trailers;
        let trailers = trailers
            .iter()
            .map(|(name, value)| (name.as_str(), value.0.as_slice()));
        stream.send_trailers(sent(trailers)?).map_err(text)?;
    }
    Ok(())
}

async fn receive_body(mut body: RecvStream) -> Result<(Vec<u8>, HeaderMap), String> {
    let mut bytes = vec![];
    while let Some(chunk) = body.data().await {
        let chunk = chunk.map_err(text)?;
        body.flow_control()
            .release_capacity(chunk.len())
            .map_err(text)?;
        bytes.extend_from_slice(&chunk);
    }
    let trailers = body.trailers().await.map_err(text)?.unwrap_or_default();
    Ok((bytes, received(&[], &trailers)))
}

fn sent<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<http::HeaderMap, String> {
    let mut headers = http::HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(text)?;
        headers.append(name, HeaderValue::from_bytes(value).map_err(text)?);
    }
    Ok(headers)
}

fn received(pseudo: &[(&str, &[u8])], fields: &http::HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pseudo {
        headers.add(name, value);
    }
    for (name, value) in fields {
        headers.add(name.as_str(), value.as_bytes());
    }
    headers
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
