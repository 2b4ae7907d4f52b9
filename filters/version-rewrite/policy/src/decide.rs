//! Which version a request is for.

use hachure_config::{RequestPath, UnixTime};
use hachure_exchange::Exchange;

use crate::config::Conflict;
use crate::policy::{Request, Stream, VersionRewrite};
use crate::reasons;
use crate::rerun::Earlier;
use crate::source::{Place, Problem, Source, Template};
use crate::versions::{Named, Version, VersionId};

impl VersionRewrite {
    /// The one function that decides.
    pub(crate) fn decide(
        &self,
        request: &Request,
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) -> Result<Option<VersionId>, Problem> {
        let path = request.target.as_deref().map(RequestPath::new);
        let chosen = match &request.earlier {
            None => self.read_sources(path, stream, x)?,
            Some(earlier) => {
                Some(self.decide_again(earlier, path.filter(|_| !request.settled), stream)?)
            }
        };
        Ok(chosen.or(self.default))
    }

    /// The version that the sources name, in their order.
    fn read_sources(
        &self,
        path: Option<RequestPath<'_>>,
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) -> Result<Option<VersionId>, Problem> {
        let now = self.now_if(self.enforce_sunset, x);
        let has_ended = |v: &Version| v.has_ended(self.enforce_sunset, now);
        let ended = |id| self.versions.get(id).is_some_and(has_ended);
        let mut chosen = None;
        for (place, source) in self.sources.iter().enumerate() {
            if !matches!(source, Source::ContentType(_)) || x.has("content-type") {
                stream.note_read(place);
            }
            match (source.read(path, x, &self.versions, ended)?, chosen) {
                (Some(id), None) => chosen = Some(id),
                (Some(id), Some(known)) if id != known => {
                    return Err(Problem::Because(&reasons::CONFLICT));
                }
                _ => {}
            }
            if chosen.is_some() && self.conflict == Conflict::First {
                break;
            }
        }
        Ok(chosen)
    }

    /// On an internal redirect the version stays, unless the redirect names one in a path of the
    /// clients' own form: headers are those of the first run and say nothing about it.
    fn decide_again(
        &self,
        earlier: &Earlier,
        path: Option<RequestPath<'_>>,
        stream: &mut Stream,
    ) -> Result<VersionId, Problem> {
        for (place, source) in self.sources.iter().enumerate() {
            if !matches!(source, Source::ContentType(_)) {
                stream.note_read(place);
            }
        }
        let place = path.map(|path| self.place(path)).transpose()?.flatten();
        match place.map_or(Named::Nothing, |place| place.named) {
            Named::Nothing => Ok(earlier.version),
            Named::Version(id, _) => Ok(id),
            Named::Unknown => Err(Problem::Because(&reasons::UNKNOWN_IN_PATH)),
        }
    }

    /// Where the version stands in `path`, or would stand: the place of the template that names
    /// one, else of the most specific that the path is inside.
    pub(crate) fn place<'a>(&'a self, path: RequestPath<'a>) -> Result<Option<Place<'a>>, Problem> {
        let mut best: Option<((bool, usize), Place<'a>)> = None;
        let mut is_path_read = false;
        for template in self.templates() {
            is_path_read = true;
            let Some(place) = template.place(path, &self.versions)? else {
                continue;
            };
            let rank = (place.named != Named::Nothing, template.depth());
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, place));
            }
        }
        let in_front = Place {
            before: b"",
            after: path.path(),
            named: Named::Nothing,
        };
        Ok(best
            .map(|(_, place)| place)
            .or((!is_path_read).then_some(in_front)))
    }

    pub(crate) fn is_settled(&self, earlier: &Earlier, path: RequestPath<'_>) -> bool {
        let version = self.versions.get(earlier.version);
        let change = version.and_then(|v| v.upstream.path.as_ref());
        earlier.wrote(path.path()) || change.is_some_and(|c| c.is_made(path, self.templates()))
    }

    /// The time, where something depends on it: asking costs a call to the host.
    pub(crate) fn now_if(&self, needed: bool, x: &mut Exchange<'_>) -> UnixTime {
        if needed { x.now() } else { UnixTime::default() }
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        self.sources.iter().filter_map(|source| match source {
            Source::Path(template) => Some(template),
            _ => None,
        })
    }
}
