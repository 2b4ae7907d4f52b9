//! `/metrics`, `/healthz` and `/readyz` over plain HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::metrics::{self, Metrics};

/// How long a client may take for the head of its request.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether an Envoy may be sent here now; else what is missing.
pub type Ready = Arc<dyn Fn() -> Result<(), &'static str> + Send + Sync>;

/// Answers until the process ends.
pub async fn serve(listener: TcpListener, metrics: Arc<Metrics>, ready: Ready) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(why) => {
                tracing::warn!("no connection for metrics and health: {why}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let (metrics, ready) = (Arc::clone(&metrics), Arc::clone(&ready));
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<_>| {
                let answer = answer(request.method(), request.uri().path(), &metrics, &ready);
                std::future::ready(Ok::<_, Infallible>(answer))
            });
            let mut server = http1::Builder::new();
            server
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE);
            // What a client breaks off is its own affair.
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

fn answer(method: &Method, path: &str, metrics: &Metrics, ready: &Ready) -> Response<Full<Bytes>> {
    let text = "text/plain; charset=utf-8";
    let (status, content_type, body) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            (StatusCode::OK, metrics::CONTENT_TYPE, metrics.text())
        }
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, text, "ok\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") => match ready() {
            Ok(()) => (StatusCode::OK, text, "ready\n".to_owned()),
            Err(missing) => (
                StatusCode::SERVICE_UNAVAILABLE,
                text,
                format!("not ready: {missing}\n"),
            ),
        },
        _ => (
            StatusCode::NOT_FOUND,
            text,
            "there are /metrics, /healthz and /readyz\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered() {
        let metrics = Metrics::default();
        let ready: Ready = Arc::new(|| Ok(()));
        let waiting: Ready = Arc::new(|| Err("Contour has not answered"));
        for (method, path, ready, status) in [
            (Method::GET, "/healthz", &waiting, 200),
            (Method::HEAD, "/metrics", &waiting, 200),
            (Method::GET, "/readyz", &ready, 200),
            (Method::GET, "/readyz", &waiting, 503),
            (Method::POST, "/readyz", &ready, 404),
            (Method::GET, "/", &ready, 404),
        ] {
            let answer = answer(&method, path, &metrics, ready);
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }
}
