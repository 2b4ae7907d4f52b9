//! The version in a media type: `Accept` and `Content-Type`.

use crate::media_range::{MediaRange, ranges};
use crate::names::Affixes;
use crate::versions::{Named, VersionId, Versions};

/// How media types name versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaTypes {
    pub(crate) vendor: Option<Affixes>,
    pub(crate) param: Option<String>,
}

/// What one media type names, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedBy<'v> {
    pub(crate) named: Named<'v>,
    pub(crate) style: Style,
}

/// How a media type names its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// In the type itself.
    Vendor,
    /// In a parameter.
    Parameter,
}

impl MediaTypes {
    /// What a media type or range names. The vendor's type goes before the parameter.
    pub(crate) fn named<'v>(&self, range: &MediaRange<'_>, versions: &'v Versions) -> NamedBy<'v> {
        if let Some(named) = self.in_type(range.kind, versions) {
            return NamedBy {
                named,
                style: Style::Vendor,
            };
        }
        NamedBy {
            named: self.in_parameters(range, versions),
            style: Style::Parameter,
        }
    }

    /// The version that `Accept` asks for (RFC 9110, 12.5.1): of the ranges that name a known
    /// version, the one with the greatest weight, versions that have not ended first; the first
    /// of equals. Ranges that name no version say nothing about versions, `*/*` included.
    pub(crate) fn asked<'v, 'a>(
        &self,
        accept: impl Iterator<Item = &'a [u8]>,
        versions: &'v Versions,
        ended: impl Fn(VersionId) -> bool,
    ) -> Named<'v> {
        let mut best: Option<((bool, u16), Named<'v>)> = None;
        let mut unknown = Named::Nothing;
        for range in accept.flat_map(ranges) {
            let weight = range.weight();
            match self.named(&range, versions).named {
                _ if weight == 0 => {}
                Named::Nothing => {}
                Named::Unknown => unknown = Named::Unknown,
                Named::Version(id, name) => {
                    let rank = (!ended(id), weight);
                    if best.is_none_or(|(known, _)| rank > known) {
                        best = Some((rank, Named::Version(id, name)));
                    }
                }
            }
        }
        best.map_or(unknown, |(_, named)| named)
    }

    /// The type that names a version as the config spells it: `application/vnd.acme.v1+json`, or
    /// what to add to a type, `; version=1`.
    pub(crate) fn spell(&self, style: Style, name: &str) -> String {
        match (style, &self.vendor, &self.param) {
            (Style::Vendor, Some(Affixes { before, after }), _) => format!("{before}{name}{after}"),
            (Style::Parameter, _, Some(param)) => format!("; {param}={name}"),
            (Style::Vendor, None, _) | (Style::Parameter, _, None) => String::new(),
        }
    }

    fn in_type<'v>(&self, kind: &[u8], versions: &'v Versions) -> Option<Named<'v>> {
        let vendor = self.vendor.as_ref()?;
        let text = vendor.version_in(kind, <[u8]>::eq_ignore_ascii_case)?;
        match versions.find_ignoring_case(text) {
            Named::Unknown if crate::names::looks_like_a_version(text) => Some(Named::Unknown),
            Named::Unknown | Named::Nothing => None,
            known => Some(known),
        }
    }

    /// Two parameters that differ name no version that anyone has.
    fn in_parameters<'v>(&self, range: &MediaRange<'_>, versions: &'v Versions) -> Named<'v> {
        let Some(param) = &self.param else {
            return Named::Nothing;
        };
        let mut found = Named::Nothing;
        for parameter in range.parameters().filter(|p| p.is(param)) {
            let named = versions.find_ignoring_case(&parameter.value());
            found = match found {
                Named::Nothing => named,
                same if same == named => same,
                _ => Named::Unknown,
            };
        }
        found
    }
}
