//! `sources[]`, compiled.

use hachure_config::{Path, Problems};

use crate::config::{self, MediaTypeSource};
use crate::names::{Affixes, is_media_type, is_token};
use crate::source::{MediaTypes, Source, Template};

/// As many as fit into the record of what was read.
const MAX_SOURCES: usize = 16;

/// Headers that a source `header` cannot be: they are lists or have a source of their own.
const NOT_A_VERSION: &[&str] = &["accept", "content-type", "host", "cookie", "authorization"];

pub(super) fn compile(
    sources: &[config::Source],
    path: &Path<'_>,
    problems: &mut Problems,
) -> Vec<Source> {
    if sources.is_empty() || sources.len() > MAX_SOURCES {
        let expected = format!("1 to {MAX_SOURCES} places in which a request may name its version");
        problems.add(path, &expected, &format!("{} of them", sources.len()));
    }
    let mut compiled = vec![];
    for (i, source) in sources.iter().enumerate() {
        let here = path.index(i);
        if sources.iter().take(i).any(|earlier| earlier == source) {
            problems.add(&here, "a source that is not there yet", "the same again");
        }
        add(source, &here, problems, &mut compiled);
    }
    compiled
}

fn add(
    source: &config::Source,
    here: &Path<'_>,
    problems: &mut Problems,
    compiled: &mut Vec<Source>,
) {
    match source {
        config::Source::Path(source) => match Template::parse(&source.template) {
            Ok(template) => compiled.push(Source::Path(template)),
            Err(expected) => {
                let place = here.key("path");
                problems.add_text(&place.key("template"), expected, &source.template);
            }
        },
        config::Source::Header(source) => {
            let name = &source.name;
            if !is_token(name) || NOT_A_VERSION.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                let expected = "a header's name, as Accept-Version; not Accept or Content-Type, \
                                which are the source mediaType";
                problems.add_text(&here.key("header").key("name"), expected, name);
            }
            compiled.push(Source::Header(name.clone()));
        }
        config::Source::MediaType(source) => {
            let types = media_types(source, &here.key("mediaType"), problems);
            compiled.push(Source::Accept(types.clone()));
            compiled.push(Source::ContentType(types));
        }
        config::Source::Query(source) => {
            if source.name.is_empty() {
                let expected = "the name of a query parameter";
                problems.add_text(&here.key("query").key("name"), expected, &source.name);
            }
            compiled.push(Source::Query(source.name.clone()));
        }
    }
}

fn media_types(source: &MediaTypeSource, here: &Path<'_>, problems: &mut Problems) -> MediaTypes {
    let MediaTypeSource { vendor, param } = source;
    if vendor.is_none() && param.is_none() {
        problems.add(here, "vendor, param or both", "neither");
    }
    // A digit stands for the version: it is a token like every version's name.
    let is_type = |a: &Affixes| is_media_type(&format!("{}0{}", a.before, a.after));
    let parsed = vendor.as_deref().and_then(Affixes::parse).filter(is_type);
    if let (Some(text), None) = (vendor, &parsed) {
        let expected = "a media type with {version} once, as application/vnd.acme.v{version}+json";
        problems.add_text(&here.key("vendor"), expected, text);
    }
    if let Some(text) = param
        .as_ref()
        .filter(|p| !is_token(p) || p.eq_ignore_ascii_case("q"))
    {
        let expected = "the name of a media type's parameter, as version; not q, which is a weight";
        problems.add_text(&here.key("param"), expected, text);
    }
    MediaTypes {
        vendor: parsed,
        param: param.clone(),
    }
}
