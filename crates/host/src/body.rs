//! Taking a body out of Envoy, chunk by chunk, and putting it back.
//!
//! Envoy answers 413 or 500 when what it keeps for a filter grows beyond the buffer limits of its
//! listener and cluster, so nothing is left there: each chunk is taken out, and the buffer emptied.
//! `docs/decisions/0006-bodies.md` says what of this was tried, and how.

mod taken;

use hachure_exchange::{Body, BodyPlan, Fault, Phase, Source};

use crate::abi::{self, Buffer};
use crate::source::HostSource;
use taken::Taken;

/// A body on its way to the policy.
pub(crate) struct Collecting {
    plan: BodyPlan,
    headers_held: bool,
    taken: Taken,
    /// As the message says; then its end is known before it comes.
    length: Option<usize>,
    between: Between,
}

/// A body as a phase of its own sees it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) body: Body<'a>,
    /// Whether its headers have waited for it.
    pub(crate) headers_held: bool,
}

/// What Envoy is told to keep between two chunks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Its buffer, which is empty. The next chunk is put there, held against the limit alone; so
    /// this serves where chunks are small, as in HTTP/2. Trailers find the buffer.
    Buffer,
    /// Nothing. The next chunk may be of any size, as in HTTP/1.1, where Envoy hands over what it
    /// has read. Trailers find no buffer: what was taken could not be put back.
    Nothing,
}

/// How far a body has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    Whole,
    /// Its end are trailers.
    WholeByTrailers,
    TooLarge,
    NoRoom,
}

impl Collecting {
    /// Begins as a header phase asks, before its header changes are made: it reads the framing of
    /// the message. None for a body that is empty.
    pub(crate) fn begin(
        plan: BodyPlan,
        headers_held: bool,
        phase: Phase,
        source: &mut HostSource,
    ) -> Result<Option<Self>, Fault> {
        let length = source.first_value("content-length")?;
        let length = length.and_then(|digits| str::from_utf8(&digits).ok()?.parse().ok());
        if length == Some(0) {
            return Ok(None);
        }
        let between = match plan.hold && length.is_none() {
            true => between(phase, source)?,
            false => Between::Nothing,
        };
        Ok(Some(Self {
            plan,
            headers_held,
            taken: Taken::default(),
            length,
            between,
        }))
    }

    /// Takes the chunk of `size` bytes that Envoy shows.
    pub(crate) fn take(&mut self, buffer: Buffer, size: usize, end: bool) -> abi::Result<Progress> {
        if size > 0 {
            let chunk = abi::buffer(buffer, size)?;
            if chunk.len() != size {
                // A part that is not here would be emptied with the rest.
                return Err(abi::Status::NOT_FOUND);
            }
            if self.plan.hold {
                abi::replace_in_buffer(buffer, size, b"")?;
            }
            self.taken.add(chunk);
        }
        let length = self.taken.bytes().len();
        Ok(if length > self.plan.limit {
            Progress::TooLarge
        } else if !Taken::has_room() {
            Progress::NoRoom
        } else if end || self.length.is_some_and(|whole| whole <= length) {
            Progress::Whole
        } else {
            Progress::More
        })
    }

    /// What the policy gets to see.
    pub(crate) fn seen(&self, progress: Progress) -> Seen<'_> {
        let body = match progress {
            Progress::Whole | Progress::WholeByTrailers | Progress::More => {
                Body::Whole(self.taken.bytes())
            }
            Progress::TooLarge => Body::TooLarge,
            Progress::NoRoom => Body::NoRoom,
        };
        Seen {
            body,
            headers_held: self.headers_held,
        }
    }

    /// Puts `new` in the place of what was taken, or that itself.
    pub(crate) fn put_back(
        &self,
        buffer: Buffer,
        new: Option<&[u8]>,
        progress: Progress,
    ) -> abi::Result<()> {
        let bytes = new.unwrap_or(self.taken.bytes());
        if !self.plan.hold || bytes.is_empty() {
            return Ok(());
        }
        if progress == Progress::WholeByTrailers && self.keeps_nothing() {
            // A body of no bytes: Envoy would answer `Ok` and write to nowhere.
            return Err(abi::Status::NOT_FOUND);
        }
        abi::replace_in_buffer(buffer, 0, bytes)
    }

    /// Whether the bytes wait for the policy.
    pub(crate) fn holds(&self) -> bool {
        self.plan.hold
    }

    /// Whether Envoy keeps nothing between two chunks.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.between == Between::Nothing
    }

    /// Whether trailers come too early to put back what was taken.
    pub(crate) fn is_stranded_by_trailers(&self) -> bool {
        self.plan.hold && self.keeps_nothing() && !self.taken.bytes().is_empty()
    }
}

/// For a message that does not say its length.
fn between(phase: Phase, source: &mut HostSource) -> Result<Between, Fault> {
    // A sender of trailers says so (RFC 9110, 6.6.2).
    if source.first_value("trailer")?.is_some() {
        return Ok(Between::Buffer);
    }
    let http1 = if phase.is_of_request() {
        let protocol = abi::property("request\0protocol").map_err(|_| Fault)?;
        protocol.is_some_and(|protocol| protocol.starts_with(b"HTTP/1"))
    } else {
        // Envoy tells no filter which protocol the upstream speaks. HTTP/2 has no such header.
        source.first_value("transfer-encoding")?.is_some()
    };
    Ok(if http1 {
        Between::Nothing
    } else {
        Between::Buffer
    })
}
