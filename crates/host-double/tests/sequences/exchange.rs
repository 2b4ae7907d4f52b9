//! One stream of several that are under way at once, as a client and an upstream drive it.

use hachure_host_double::{Fields, Random, Stream};

use crate::corpus::Corpus;

/// A stream, and what its two peers have not sent yet.
pub(crate) struct Exchange<'vm> {
    pub(crate) stream: Stream<'vm>,
    request: Message,
    response: Message,
}

/// A message that is being sent.
struct Message {
    headers: Option<Fields>,
    chunks: std::vec::IntoIter<Vec<u8>>,
    trailers: Option<Fields>,
    /// It has ended.
    over: bool,
}

impl Message {
    fn new(headers: Fields, corpus: &Corpus, random: &mut Random) -> Self {
        let chunks = match random.chance(500) {
            true => corpus.body(random),
            false => vec![],
        };
        let trailers = random.chance(100);
        Self {
            headers: Some(headers),
            chunks: chunks.into_iter(),
            trailers: trailers.then(|| Fields::from([("x-sum", "1")])),
            over: false,
        }
    }

    /// The next part.
    fn next(&mut self) -> Option<Part> {
        if self.over {
            return None;
        }
        let part = if let Some(headers) = self.headers.take() {
            Part::Headers(headers)
        } else if let Some(chunk) = self.chunks.next() {
            Part::Chunk(chunk)
        } else {
            Part::Trailers(self.trailers.take()?)
        };
        self.over = self.chunks.len() == 0 && self.trailers.is_none();
        Some(part)
    }
}

enum Part {
    Headers(Fields),
    Chunk(Vec<u8>),
    Trailers(Fields),
}

impl<'vm> Exchange<'vm> {
    pub(crate) fn new(stream: Stream<'vm>, corpus: &Corpus, random: &mut Random) -> Self {
        let (request, response) = (corpus.request(random), corpus.response(random));
        Self {
            stream,
            request: Message::new(request, corpus, random),
            response: Message::new(response, corpus, random),
        }
    }

    /// Sends the next part of the request, or of the response where the upstream has the request's
    /// headers. False where there is nothing to send now.
    pub(crate) fn send(&mut self, random: &mut Random) -> bool {
        let reached = self.stream.upstream().headers.is_some();
        let first = !reached || random.chance(600);
        (first && self.send_request()) || (reached && self.send_response()) || self.send_request()
    }

    fn send_request(&mut self) -> bool {
        let Some(part) = self.request.next() else {
            return false;
        };
        let (stream, end) = (&self.stream, self.request.over);
        match part {
            Part::Headers(headers) => stream.request_headers(headers, end),
            Part::Chunk(chunk) => stream.request_body(chunk, end),
            Part::Trailers(trailers) => stream.request_trailers(trailers),
        };
        true
    }

    fn send_response(&mut self) -> bool {
        let Some(part) = self.response.next() else {
            return false;
        };
        let (stream, end) = (&self.stream, self.response.over);
        match part {
            Part::Headers(headers) => stream.response_headers(headers, end),
            Part::Chunk(chunk) => stream.response_body(chunk, end),
            Part::Trailers(trailers) => stream.response_trailers(trailers),
        };
        true
    }

    /// Whether the client has an answer, or knows that there is none.
    pub(crate) fn is_over(&self) -> bool {
        self.stream.client().ended || self.stream.was_reset()
    }
}
