//! `claimsToHeaders`, `payloadHeader` and `consumer`, compiled.

use hachure_config::{Path, Problems};
use hachure_jose::ClaimPath;

use super::names::Names;
use crate::config::{self, ConsumerClaims};
use crate::identity::{ClaimHeader, Identity};

pub(super) fn compile(
    provider: &config::Provider,
    here: &Path<'_>,
    names: &mut Names,
    problems: &mut Problems,
) -> Identity {
    let place = here.key("claimsToHeaders");
    let mut headers: Vec<ClaimHeader> = vec![];
    for (i, written) in provider.claims_to_headers.iter().enumerate() {
        let place = place.index(i);
        let header = names.add(&written.header, &place.key("header"), problems);
        if headers.iter().any(|other| other.header == header) {
            let expected = "a header that no other claim is written to";
            problems.add_text(&place.key("header"), expected, &written.header);
        }
        headers.push(ClaimHeader {
            claim: written.claim.0.clone(),
            header,
            encoding: written.encoding,
        });
    }
    let ConsumerClaims {
        name,
        id,
        labels,
        header,
        id_header,
    } = &provider.consumer;
    let place = here.key("consumer");
    let mut add = |name: &Option<String>, path: &Path<'_>| {
        let name = name.as_ref()?;
        Some(names.add(name, path, problems))
    };
    let payload_header = add(&provider.payload_header, &here.key("payloadHeader"));
    let name_header = add(header, &place.key("header"));
    let id_header = add(id_header, &place.key("idHeader"));
    let sub = || ClaimPath::from_names(vec!["sub".to_owned()]).ok();
    Identity {
        headers,
        payload_header,
        publish: provider.publish_claims,
        name: name.as_ref().map(|path| path.0.clone()).or_else(sub),
        id: id.as_ref().map(|path| path.0.clone()),
        labels: labels
            .iter()
            .map(|(name, path)| (name.clone(), path.0.clone()))
            .collect(),
        name_header,
        id_header,
    }
}
