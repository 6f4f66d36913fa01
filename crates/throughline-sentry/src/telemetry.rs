//! The telemetry of an envelope as OTLP, and the counts of what has none.

use crate::discarded::DiscardReason;
use crate::envelope::{Envelope, EnvelopeError};
use crate::header::Header;
use crate::ids;
use crate::json::{Json, readable};
use crate::time;
use crate::translation::Translation;
use alloc::string::String;
use alloc::vec::Vec;

/// The telemetry of one request of an SDK.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// An `ExportTraceServiceRequest`; empty without spans.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`; empty without log records.
    pub logs: Vec<u8>,
    /// An `ExportMetricsServiceRequest`; empty without metrics.
    pub metrics: Vec<u8>,
    /// Items of types that have no telemetry, such as attachments and replays.
    pub unsupported: u64,
    /// Items, and entries of containers, that are not what their type says.
    pub invalid: u64,
    /// Records that the SDK discarded itself, by reason.
    pub discarded: Vec<(DiscardReason, u64)>,
    /// The id of the event: 32 hexadecimal digits as they were sent.
    pub event_id: Option<String>,
    /// The identity of the event, by which a second copy of the request is recognised.
    /// `None` when the id is that of an event in another request.
    pub identity: Option<[u8; 16]>,
    /// The SDK's clock when it sent the request, in ns since the Unix epoch.
    pub sent_unix_nano: Option<u64>,
}

/// Error for a payload that is no event: JSON of at most 1 MiB. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event, a JSON object of at most 1 MiB")]
pub struct NotAnEvent;

impl Telemetry {
    /// Translates an envelope. Items that cannot be translated are counted.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it is none; the sender is at fault.
    pub fn of_envelope(envelope: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::parse(envelope)?;
        let header = readable(envelope.header.as_bytes());
        // Nothing in it is required: one that is JSON and no tree, since it is nested too deep
        // or has a number that is too large, says nothing.
        let header = Json::parse_object(&header).unwrap_or(Json::Null);
        let of_items = Header::of(&header);
        let mut translation = Translation::default();
        for item in envelope.items() {
            translation.add(&item?, &of_items);
        }
        let sent = time::unix_nano(header.get("sent_at"));
        Ok(Self::new(translation, header.get("event_id"), sent))
    }

    /// Translates an event that is in no envelope, as old SDKs send it.
    ///
    /// # Errors
    /// [`NotAnEvent`]; the sender is at fault.
    pub fn of_event(event: &[u8]) -> Result<Self, NotAnEvent> {
        let mut translation = Translation::default();
        if !translation.add_event(event) {
            return Err(NotAnEvent);
        }
        let text = readable(event);
        let id: EventId<'_> = serde_json::from_str(&text).map_err(|_| NotAnEvent)?;
        translation.has_event = true;
        Ok(Self::new(translation, &id.event_id, None))
    }

    /// The public key in the `dsn` of an envelope's header: `https://KEY@host/1`. `None`
    /// without one, and for bytes that are no envelope.
    pub fn key_of_envelope(envelope: &[u8]) -> Option<String> {
        let header = Envelope::parse(envelope).ok()?.header;
        let header = Json::parse_object(header)?;
        let (_, rest) = header.get("dsn").text().split_once("://")?;
        let (authority, _) = rest.split_once('/')?;
        let (user, _) = authority.rsplit_once('@')?;
        let key = user.split(':').next().unwrap_or_default();
        (!key.is_empty()).then(|| String::from(key))
    }

    fn new(translation: Translation, event_id: &Json<'_>, sent_unix_nano: Option<u64>) -> Self {
        let id = ids::bytes(event_id.text(), 16);
        let identity = id.as_ref().filter(|_| translation.has_event);
        Self {
            traces: translation.traces.finish(),
            logs: translation.logs.finish(),
            metrics: translation.metrics.finish(),
            unsupported: translation.unsupported,
            invalid: translation.invalid,
            discarded: translation.discarded,
            identity: identity.and_then(|id| id.as_slice().try_into().ok()),
            event_id: id.is_some().then(|| String::from(event_id.text())),
            sent_unix_nano,
        }
    }
}

/// An event of which only the id is read.
#[derive(serde::Deserialize)]
struct EventId<'a> {
    #[serde(default = "null", borrow)]
    event_id: Json<'a>,
}

const fn null<'a>() -> Json<'a> {
    Json::Null
}
