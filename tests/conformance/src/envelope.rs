//! Suite `envelope`: the items of a Sentry envelope.

use crate::question::QuestionError;
use serde::{Deserialize, Serialize};
use throughline_otlp::json::base64;
use throughline_sentry::Envelope;

#[derive(Deserialize)]
pub(crate) struct Question {
    b64: String,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    ok: bool,
    /// Type and bytes of the payload of each item.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<(String, usize)>>,
}

pub(crate) fn answer(question: Question) -> Result<Answer, QuestionError> {
    let bytes = base64::decode(&question.b64).ok_or(QuestionError::Base64)?;
    let items = Envelope::parse(&bytes).and_then(|envelope| {
        let items = envelope.items();
        items
            .map(|item| item.map(|item| (item.item_type.into_owned(), item.payload.len())))
            .collect::<Result<_, _>>()
    });
    Ok(Answer {
        ok: items.is_ok(),
        items: items.ok(),
    })
}
