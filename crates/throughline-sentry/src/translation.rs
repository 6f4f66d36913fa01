//! The translation of items, one after the other, each by its type.

use crate::container::{CONTENT_TYPE, Entry};
use crate::discarded::{self, DiscardReason};
use crate::envelope::Item;
use crate::json::{Json, readable};
use crate::records::Records;
use crate::source::Source;
use crate::{event, feedback, log, metric, session, span, streamed_span, transaction};
use alloc::vec::Vec;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The telemetry that the items so far have become.
#[derive(Debug, Default)]
pub(crate) struct Translation {
    pub(crate) traces: Records,
    pub(crate) logs: Records,
    pub(crate) metrics: Records,
    /// Items of a type that is not translated.
    pub(crate) unsupported: u64,
    /// Items, and entries of containers, that are not what their type says.
    pub(crate) invalid: u64,
    pub(crate) discarded: Vec<(DiscardReason, u64)>,
    /// Whether the envelope's id is that of one of its items.
    pub(crate) has_event: bool,
}

impl Translation {
    /// Translates an item of an envelope whose SDK is `sdk`.
    pub(crate) fn add(&mut self, item: &Item<'_>, sdk: &Json<'_>) {
        let of_version_2 = (item.content_type.as_deref())
            .is_some_and(|content_type| content_type.starts_with(CONTENT_TYPE));
        match &*item.item_type {
            "span" if of_version_2 => self.add_entries(item.payload, sdk, |this, entry, sdk| {
                streamed_span::add(&mut this.traces, entry, sdk);
                true
            }),
            "log" => self.add_entries(item.payload, sdk, |this, entry, sdk| {
                log::add(&mut this.logs, entry, sdk)
            }),
            "trace_metric" => self.add_entries(item.payload, sdk, |this, entry, sdk| {
                metric::add(&mut this.metrics, entry, sdk)
            }),
            item_type => match translator(item_type) {
                Some(translate) => self.add_object(item.payload, sdk, translate),
                None => self.unsupported += 1,
            },
        }
    }

    /// Translates an event that is in no envelope.
    pub(crate) fn add_event(&mut self, payload: &[u8]) -> bool {
        self.add_object(payload, &Json::Null, |this, event, sdk| {
            match event.get("type").text() {
                "transaction" => transaction::add(&mut this.traces, event, sdk),
                _ => event::add(&mut this.logs, event, sdk),
            }
            true
        });
        self.invalid == 0
    }

    fn add_object(&mut self, payload: &[u8], sdk: &Json<'_>, translate: Translate) {
        let text = match payload.len() {
            ..=MAX_BYTES => readable(payload),
            _ => "".into(),
        };
        let translated = match Json::parse_object(&text) {
            Some(object) => translate(self, &object, sdk),
            None => false,
        };
        self.invalid += u64::from(!translated);
    }

    fn add_entries(
        &mut self,
        payload: &[u8],
        sdk: &Json<'_>,
        translate: fn(&mut Self, Entry<'_>, &Json<'_>) -> bool,
    ) {
        let text = readable(payload);
        let Ok(Container { items }) = serde_json::from_str(&text) else {
            self.invalid += 1;
            return;
        };
        for item in items {
            let text = item.get();
            let entry = (text.len() <= MAX_BYTES).then(|| Json::parse_object(text));
            let translated = match entry.flatten() {
                Some(json) => translate(self, Entry { json: &json }, sdk),
                None => false,
            };
            self.invalid += u64::from(!translated);
        }
    }
}

/// Translates an object; `false` when it is not what its type says.
type Translate = fn(&mut Translation, &Json<'_>, &Json<'_>) -> bool;

fn translator(item_type: &str) -> Option<Translate> {
    Some(match item_type {
        "event" => |this, event, sdk| {
            this.has_event = true;
            event::add(&mut this.logs, event, sdk);
            true
        },
        "transaction" => |this, transaction, sdk| {
            this.has_event = true;
            transaction::add(&mut this.traces, transaction, sdk);
            true
        },
        "span" => |this, own, sdk| {
            this.traces.add(&Source::of_event(own, sdk), |record| {
                span::write(record, own, own, span::name(own));
            });
            true
        },
        "feedback" => |this, feedback, sdk| {
            this.has_event = true;
            feedback::add(&mut this.logs, feedback, sdk);
            true
        },
        "user_report" => |this, report, sdk| feedback::add_report(&mut this.logs, report, sdk),
        "session" => |this, session, sdk| session::add(&mut this.logs, session, sdk),
        "sessions" => |this, counts, sdk| session::add_counts(&mut this.metrics, counts, sdk),
        "client_report" => |this, report, _| {
            this.discarded.extend(discarded::read(report));
            true
        },
        _ => return None,
    })
}

/// The payload of a container. Its entries are read one at a time.
#[derive(Deserialize)]
struct Container<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// Bytes of an event, or of an entry of a container, as Sentry limits them. As a tree it has
/// up to sixteen times as many.
const MAX_BYTES: usize = 1 << 20;
