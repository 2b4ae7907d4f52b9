//! What clients and caches are told.

use hachure_exchange::{Exchange, Property, Single};

use crate::media_types;
use crate::policy::{Stream, VersionRewrite};
use crate::vary;
use crate::versions::Version;

/// Adds the headers to a response, whoever made it.
pub(crate) fn advise(policy: &VersionRewrite, stream: &Stream, x: &mut Exchange<'_>) {
    if stream.read != 0 {
        add_vary(policy, stream, x);
    }
    let Some(version) = stream.version.and_then(|id| policy.versions.get(id)) else {
        return;
    };
    set(x, "api-version", version.name());
    if let Some(date) = version.deprecation {
        // A date of structured fields (RFC 9745, 2.1).
        set(x, "deprecation", &format!("@{}", date.at.seconds()));
    }
    if let Some(date) = version.sunset {
        set(x, "sunset", &date.at.http_date());
    }
    add_links(version, x);
    if let (Some(client), Some(plain)) = (&stream.media_type, &version.upstream.media_type) {
        restore_media_type(client, plain, x);
    }
}

fn add_vary(policy: &VersionRewrite, stream: &Stream, x: &mut Exchange<'_>) {
    let read = policy
        .sources
        .iter()
        .enumerate()
        .filter(|(place, _)| stream.has_read(*place));
    let names: Vec<_> = read.filter_map(|(_, source)| source.varies_by()).collect();
    if names.is_empty() {
        return;
    }
    let merged = vary::merged(x.headers().values("vary"), names.into_iter());
    if let Some(merged) = merged {
        let _ = x.set("vary", merged);
    }
}

fn add_links(version: &Version, x: &mut Exchange<'_>) {
    for link in &version.links {
        let has = x.has("link") && x.headers().values("link").any(|field| link.is_in(field));
        if !has {
            let _ = x.add("link", &link.value);
        }
    }
}

/// A reply made in Envoy is no representation of that version, whatever its type.
fn restore_media_type(client: &[u8], plain: &str, x: &mut Exchange<'_>) {
    let Single::One(value) = x.headers().single("content-type") else {
        return;
    };
    let Some(value) = media_types::of_response(value, plain, client) else {
        return;
    };
    let details = x.property(Property::ResponseCodeDetails);
    if details.as_deref() == Some(b"via_upstream") {
        let _ = x.set("content-type", value);
    }
}

/// Everything that is set here was checked when the config was compiled.
fn set(x: &mut Exchange<'_>, name: &str, value: &str) {
    let _ = x.set(name, value);
}
