//! Streams that pass as they are: endpoints, secrets, runtime. Versions, nonces and
//! refusals stay between Envoy and Contour. Secrets hold private keys: nothing here looks at a
//! response.

use bytes::Bytes;
use futures::{Stream, StreamExt, future};
use http::uri::PathAndQuery;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::stop::Stop;
use crate::types;
use crate::wire;
use crate::xds::contour::Contour;
use crate::xds::raw::Raw;

/// Passes a stream on to the same method of Contour, until it is to stop.
pub(crate) async fn relay(
    contour: &Contour,
    method: PathAndQuery,
    requests: Request<Streaming<Bytes>>,
    stop: Stop,
) -> Result<Response<impl Stream<Item = Result<Bytes, Status>> + use<>>, Status> {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let (refused, refusal) = tokio::sync::oneshot::channel();
    let mut requests = requests.into_inner();
    tokio::spawn(async move {
        while let Ok(Some(request)) = requests.message().await {
            if let Err(why) = check(&request) {
                let _ = refused.send(why);
                return;
            }
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    let mut client = contour.client();
    let ready = client.ready().await;
    ready.map_err(|why| Status::unavailable(format!("Contour: {why}")))?;
    let requests = Request::new(UnboundedReceiverStream::new(receiver));
    let responses = client.streaming(requests, method, Raw).await?.into_inner();
    let refusal = futures::stream::once(refusal).filter_map(|refusal| future::ready(refusal.ok()));
    let refusal = refusal.map(Err);
    // The first refusal ends the stream.
    let both = futures::stream::select(responses, refusal);
    let mut over = false;
    let messages = both.take_while(move |message| {
        let go_on = !over;
        over = message.is_err();
        future::ready(go_on)
    });
    Ok(Response::new(messages.take_until(Box::pin(stop.asked()))))
}

/// Contour would answer a stream of endpoints that asks for listeners: a way past the filters.
fn check(request: &[u8]) -> Result<(), Status> {
    let type_url =
        wire::text(request, 4).map_err(|why| Status::invalid_argument(why.to_string()))?;
    match [types::LISTENER, types::ROUTES, types::CLUSTER].contains(&type_url) {
        true => Err(Status::unimplemented(format!(
            "{type_url} is not served on this stream: filters, or what they call, would be missing"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xds::message;

    #[test]
    fn listeners_routes_and_clusters_are_not_to_be_had_here() {
        let endpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
        for (type_url, passes) in [
            ("", true),
            (endpoints, true),
            (types::CLUSTER, false),
            (types::LISTENER, false),
            (types::ROUTES, false),
        ] {
            let request = message::Request {
                type_url: type_url.to_owned(),
                ..message::Request::default()
            };
            assert_eq!(check(&request.write()).is_ok(), passes, "{type_url}");
        }
        assert!(check(b"\x0a").is_err());
    }
}
