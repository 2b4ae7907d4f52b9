//! How a request goes on to the upstream of its version.

use hachure_config::{NotCanonical, RequestPath};
use hachure_exchange::{Consumer, Exchange, Outcome, Refusal};

use crate::media_types::Translation;
use crate::policy::{Request, Stream, VersionRewrite};
use crate::source::{Problem, Source};
use crate::versions::{Named, Version, VersionId};
use crate::{reasons, rerun};

impl VersionRewrite {
    /// Lets the request go on as the version's upstream takes it.
    pub(crate) fn carry(
        &self,
        id: VersionId,
        request: &Request,
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let Some(version) = self.versions.get(id) else {
            return Outcome::Continue;
        };
        stream.version = Some(id);
        rerun::keep_version(x, version.name());
        if let Some(refusal) = self.check_life(version, request.earlier.is_none(), x) {
            let outcome = self.answer(refusal, &reasons::SUNSET, x);
            if matches!(outcome, Outcome::Reply(_)) {
                return outcome;
            }
        }
        if let Err(problem) = self.move_path(id, version, request, x) {
            return self.refuse(problem, x);
        }
        for (name, value) in &version.upstream.headers {
            // Name and value were checked when the config was compiled.
            let _ = x.set(name, value);
        }
        self.translate(id, version, request, stream, x);
        self.ask_request(id, version, request, stream, x)
    }

    /// Counts, and refuses a version that has ended. A request counts once, however often it is
    /// redirected.
    fn check_life(&self, version: &Version, first: bool, x: &mut Exchange<'_>) -> Option<Refusal> {
        let dates = [version.deprecation, version.sunset];
        let now = self.now_if(dates.iter().any(Option::is_some), x);
        if first {
            self.count_request(version, x);
            for date in dates
                .into_iter()
                .flatten()
                .filter(|date| date.has_passed(now))
            {
                x.count(date.past);
            }
        }
        version
            .has_ended(self.enforce_sunset, now)
            .then(|| self.gone(version, now))
    }

    fn count_request(&self, version: &Version, x: &mut Exchange<'_>) {
        let consumer = match self.consumers.is_empty() {
            true => None,
            false => Consumer::name_in(x),
        };
        let listed = |name: &String| Some(name.as_bytes()) == consumer.as_deref();
        let place = self.consumers.iter().position(listed);
        if let Some(counter) = version.requests.get(place.unwrap_or(self.consumers.len())) {
            x.count(*counter);
        }
    }

    fn move_path(
        &self,
        id: VersionId,
        version: &Version,
        request: &Request,
        x: &mut Exchange<'_>,
    ) -> Result<(), Problem> {
        let Some(target) = request.target.as_ref().filter(|_| !request.settled) else {
            return Ok(());
        };
        let path = RequestPath::new(target);
        let place = match self.decides_by_path {
            true => self.place(path)?,
            false => None,
        };
        let Some(place) = place else { return Ok(()) };
        let change = version.upstream.path.as_ref();
        let moved = change.map(|change| change.apply(place, path.tail()));
        match moved.filter(|moved| moved != target) {
            Some(moved) => {
                rerun::keep_path(x, RequestPath::new(&moved).path());
                let invalid = |_| Problem::NotCanonical(NotCanonical::ControlCharacter);
                x.set(":path", &moved).map_err(invalid)
            }
            None => {
                if !matches!(place.named, Named::Nothing) && place.named.id() != Some(id) {
                    // Another source decided: a second run must not follow the path.
                    rerun::keep_path(x, path.path());
                }
                Ok(())
            }
        }
    }

    fn translate(
        &self,
        id: VersionId,
        version: &Version,
        request: &Request,
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) {
        let earlier = request.earlier.as_ref();
        stream.media_type = earlier
            .filter(|e| e.version == id)
            .and_then(|e| e.media_type.clone());
        let before = earlier.and_then(|e| e.media_type.as_deref());
        if let Some(plain) = &version.upstream.media_type {
            for (place, source) in self.sources.iter().enumerate() {
                let Source::Accept(types) = source else {
                    continue;
                };
                stream.note_read(place);
                let translation = Translation {
                    types,
                    versions: &self.versions,
                    version: id,
                    plain,
                };
                let spelled = translation.of_request(x);
                stream.media_type = spelled.map(String::into_bytes).or(stream.media_type.take());
            }
        }
        if stream.media_type.as_deref() != before {
            rerun::keep_media_type(x, stream.media_type.as_deref().unwrap_or_default());
        }
    }
}
