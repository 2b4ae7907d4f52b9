//! `providers[].from`, compiled.

use hachure_config::{Path, Problems};

use super::names::is_header;
use crate::config::{HeaderSource, TokenSource};
use crate::extract::Place;

const MAX_PLACES: usize = 8;

/// The places of a provider's tokens; the `Authorization` header where none are written.
pub(super) fn compile(
    sources: Option<&[TokenSource]>,
    path: &Path<'_>,
    problems: &mut Problems,
) -> Vec<Place> {
    let Some(sources) = sources else {
        return vec![Place::Header {
            name: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
        }];
    };
    if sources.is_empty() || sources.len() > MAX_PLACES {
        let found = sources.len().to_string();
        problems.add(path, "1 to 8 places for a token", &found);
    }
    let mut places = vec![];
    for (i, source) in sources.iter().enumerate() {
        let here = path.index(i);
        let place = match source {
            TokenSource::Header(source) => header(source, &here.key("header"), problems),
            TokenSource::Cookie(cookie) => {
                if !is_header(&cookie.name) {
                    let here = here.key("cookie");
                    problems.add_text(&here.key("name"), "a cookie's name", &cookie.name);
                }
                Place::Cookie(cookie.name.clone())
            }
            TokenSource::Query(query) => {
                if query.name.is_empty() {
                    let here = here.key("query");
                    problems.add_text(&here.key("name"), "a parameter's name", "");
                }
                Place::Query(query.name.clone())
            }
        };
        if places.contains(&place) {
            problems.add(&here, "a place that is not there yet", "the same again");
        }
        places.push(place);
    }
    places
}

fn header(source: &HeaderSource, here: &Path<'_>, problems: &mut Problems) -> Place {
    let name = source.name.to_ascii_lowercase();
    if !is_header(&name) || name == "cookie" {
        let expected = "a header's name; a cookie is a source of its own";
        problems.add_text(&here.key("name"), expected, &source.name);
    }
    let bearer = match name.as_str() {
        "authorization" => "Bearer ",
        _ => "",
    };
    let prefix = source.prefix.as_deref().unwrap_or(bearer);
    if !prefix
        .bytes()
        .all(|b| matches!(b, b' '..=b'~' if b != b','))
    {
        let expected = "printable ASCII without commas";
        problems.add_text(&here.key("prefix"), expected, prefix);
    }
    Place::Header {
        name,
        prefix: prefix.to_owned(),
    }
}
