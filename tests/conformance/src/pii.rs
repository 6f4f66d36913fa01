//! Suite `pii`: personal data in a text.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_scrub::{Kind, Kinds, find};

#[derive(Deserialize)]
pub(crate) struct Request {
    text: String,
}

#[derive(Serialize)]
pub(crate) struct Response {
    /// Start and end in code points, and the kind.
    spans: Vec<(usize, usize, &'static str)>,
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    let text = request.text;
    let kinds = Kinds::PERSONAL.and(Kinds::of(Kind::HostIp));
    let points = |to: usize| text.get(..to).unwrap_or_default().chars().count();
    let spans = find(text.as_bytes(), kinds)
        .filter_map(|found| Some((points(found.start), points(found.end), name(found.kind)?)));
    Ok(Response {
        spans: spans.collect(),
    })
}

/// The suite's name of a kind.
const fn name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Card => "CREDIT_CARD",
        Kind::Email => "EMAIL_ADDRESS",
        Kind::Iban => "IBAN_CODE",
        Kind::Ip | Kind::HostIp => "IP_ADDRESS",
        Kind::Ssn => "US_SSN",
        Kind::Phone => "PHONE_NUMBER",
        Kind::UserInfo | Kind::Credential | Kind::Token | Kind::PrivateKey => return None,
    })
}
