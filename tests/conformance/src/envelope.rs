//! Suite `envelope`: the items of a Sentry envelope.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_otlp::json::base64;
use throughline_sentry::Envelope;

#[derive(Deserialize)]
pub(crate) struct Request {
    b64: String,
}

#[derive(Serialize)]
pub(crate) struct Response {
    ok: bool,
    /// Type and bytes of the payload of each item.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<(String, usize)>>,
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    let bytes = base64::decode(&request.b64).ok_or(RequestError::Base64)?;
    let items = Envelope::parse(&bytes).and_then(|envelope| {
        let items = envelope.items();
        items
            .map(|item| item.map(|item| (item.item_type.into_owned(), item.payload.len())))
            .collect::<Result<_, _>>()
    });
    Ok(Response {
        ok: items.is_ok(),
        items: items.ok(),
    })
}
