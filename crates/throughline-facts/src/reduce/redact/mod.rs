//! Redacts a record as the edge redacts by default what becomes of it.
//!
//! The edge looks at attributes, and a page has facts: `fields.rs` says under which key the edge
//! will see a field. What it sees as it stands (numbers, ids of spans, names of events) stays here
//! too.

mod fields;
mod rest;

use crate::text::{List, split};
use alloc::string::String;
use alloc::vec::Vec;
use fields::{Field, field};
use throughline_scrub::{
    DEFAULT_KINDS_OF_RESOURCE, Kind, Kinds, default_kinds, is_query, is_secret_name,
    redact_by_default,
};
use throughline_semconv as semconv;
use throughline_wire::facts::{FIELD_END, ITEM_END};

/// Redacts a record of a kind, whose addresses are redacted.
pub(super) fn record(kind: u8, record: &str) -> String {
    let mut redacted = Vec::new();
    let mut rest = record;
    let mut position = 0;
    while !rest.is_empty() {
        let (text, after) = split(rest, FIELD_END);
        rest = after;
        if position > 0 {
            redacted.push(FIELD_END);
        }
        match field(kind, position) {
            Field::Kept => redacted.extend_from_slice(text.as_bytes()),
            Field::Of(key) => items(&mut redacted, text, Plan::of(key)),
            Field::OfResource => items(&mut redacted, text, Plan::OF_RESOURCE),
            Field::Texts => named(&mut redacted, text, |_| false),
            // One that begins with a digit is a number.
            Field::Pairs => named(&mut redacted, text, |value| {
                value.as_bytes().first().is_some_and(u8::is_ascii_digit)
            }),
            Field::Typed => typed(&mut redacted, text),
            Field::Rest(record) => rest::hexadecimal(&mut redacted, text, record),
        }
        position += 1;
    }
    // What takes the place of a match is ASCII, and a match ends where characters end.
    String::from_utf8(redacted).unwrap_or_default()
}

/// The search in one value.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// The key names a secret: the whole value is redacted.
    is_whole: bool,
    kinds: Kinds,
}

impl Plan {
    const OF_RESOURCE: Self = Self {
        is_whole: false,
        kinds: DEFAULT_KINDS_OF_RESOURCE.and(QUERY_VALUE),
    };

    /// The plan of the value under a key of a record; `""` where there is none.
    fn of(key: &str) -> Self {
        // The other end of a page's span is a server, which the edge knows by the span's kind.
        let key = match key {
            "network.peer.address" => semconv::SERVER_ADDRESS,
            key => key,
        };
        let kinds = default_kinds(key).and(QUERY_VALUE);
        Self {
            is_whole: is_secret_name(key.as_bytes()),
            kinds: if is_query(key) {
                kinds.and(Kinds::IN_QUERY)
            } else {
                kinds
            },
        }
    }

    /// A text, redacted; `None` when nothing changes.
    fn redact(self, text: &[u8]) -> Option<Vec<u8>> {
        let whole = Kind::Credential.replacement().as_bytes();
        if !self.is_whole {
            redact_by_default(text, self.kinds)
        } else if text.is_empty() || text == whole {
            None
        } else {
            Some(whole.into())
        }
    }
}

/// Appends each item of a list, or a field that is no list.
fn items(redacted: &mut Vec<u8>, list: &str, plan: Plan) {
    let mut items = List::items(list);
    while !items.is_empty() {
        push(redacted, items.text(), plan);
        if !items.is_empty() {
            redacted.push(ITEM_END);
        }
    }
}

/// Appends names, each with its value, which stays where `is_kept`.
fn named(redacted: &mut Vec<u8>, list: &str, is_kept: impl Fn(&str) -> bool) {
    let mut items = List::items(list);
    while !items.is_empty() {
        let (name, value) = (items.text(), items.text());
        redacted.extend_from_slice(name.as_bytes());
        redacted.push(ITEM_END);
        if is_kept(value) {
            redacted.extend_from_slice(value.as_bytes());
        } else {
            push(redacted, value, Plan::of(name));
        }
        if !items.is_empty() {
            redacted.push(ITEM_END);
        }
    }
}

/// Appends names, each with its value behind the letter of its type. Under the name of a secret a
/// number becomes a text too, as at the edge; the items of a list have the name of the list.
fn typed(redacted: &mut Vec<u8>, list: &str) {
    let mut items = List::items(list);
    let mut plan = Plan::of("");
    while !items.is_empty() {
        let (name, value) = (items.text(), items.text());
        if !name.is_empty() {
            plan = Plan::of(name);
        }
        redacted.extend_from_slice(name.as_bytes());
        redacted.push(ITEM_END);
        match value.split_at_checked(1) {
            Some(("s", text)) => {
                redacted.push(b's');
                push(redacted, text, plan);
            }
            Some(("i" | "d", _)) if plan.is_whole => {
                redacted.push(b's');
                redacted.extend_from_slice(Kind::Credential.replacement().as_bytes());
            }
            _ => redacted.extend_from_slice(value.as_bytes()),
        }
        if !items.is_empty() {
            redacted.push(ITEM_END);
        }
    }
}

fn push(redacted: &mut Vec<u8>, text: &str, plan: Plan) {
    match plan.redact(text.as_bytes()) {
        Some(text) => redacted.extend_from_slice(&text),
        None => redacted.extend_from_slice(text.as_bytes()),
    }
}

const QUERY_VALUE: Kinds = Kinds::of(Kind::QueryValue);
