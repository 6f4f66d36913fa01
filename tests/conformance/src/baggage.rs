//! Suite `baggage`: the W3C Baggage header.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_trace_context::{Baggage, BaggageEntry, BaggageProperty};

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Request {
    Parse { s: String },
    Format { entries: Vec<Entry> },
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    Parsed { entries: Vec<Entry> },
    Formatted { s: String },
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    key: String,
    value: String,
    #[serde(default)]
    properties: Vec<Property>,
}

#[derive(Serialize, Deserialize)]
struct Property {
    key: String,
    value: Option<String>,
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    Ok(match request {
        Request::Parse { s } => Response::Parsed {
            entries: Baggage::parse([s.as_str()])
                .entries()
                .iter()
                .map(Entry::from)
                .collect(),
        },
        Request::Format { entries } => {
            let mut baggage = Baggage::default();
            for entry in &entries {
                baggage.push(entry.try_into()?);
            }
            Response::Formatted {
                s: baggage.format(),
            }
        }
    })
}

impl From<&BaggageEntry> for Entry {
    fn from(entry: &BaggageEntry) -> Self {
        let property = |property: &BaggageProperty| Property {
            key: property.key().into(),
            value: property.value().map(String::from),
        };
        Self {
            key: entry.key().into(),
            value: entry.value().into(),
            properties: entry.properties().iter().map(property).collect(),
        }
    }
}

impl TryFrom<&Entry> for BaggageEntry {
    type Error = RequestError;

    fn try_from(entry: &Entry) -> Result<Self, RequestError> {
        let mut baggage_entry = Self::new(&entry.key, &entry.value)?;
        for property in &entry.properties {
            let value = property.value.as_deref();
            baggage_entry.push(BaggageProperty::new(&property.key, value)?);
        }
        Ok(baggage_entry)
    }
}
