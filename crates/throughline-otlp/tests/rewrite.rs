//! Compares a rewriting pass with a model that rebuilds the whole request.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;

use arbitrary::Generator;
use proptest::collection::vec;
use proptest::prelude::*;
use std::borrow::Cow;
use throughline_otlp::field::span;
use throughline_otlp::protobuf::{Field, Value, Writer, fields};
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, rewrite, rewrite_inspected,
};
use throughline_otlp::schema::{self, Kind, Role};
use throughline_otlp::{Signal, inspect, json};

proptest! {
    #[test]
    fn a_request_that_no_stage_changes_is_not_copied(seed in vec(any::<u8>(), 1..400)) {
        for signal in Signal::ALL {
            let sent = newer(schema::export_request(signal), &seed);
            let inspected = inspect(signal, &sent).expect("sound");
            let mut looks = [Changes::none(), Changes::none()];
            let [first, second] = &mut looks;
            let looked = rewrite_inspected(signal, &sent, &mut [first, second]).expect("sound");
            prop_assert!(matches!(looked.request, Cow::Borrowed(same) if same == sent));
            prop_assert_eq!(looked.records, inspected.records);
            prop_assert_eq!(looks[1].seen, inspected.records);
            // A request that was inspected is left as it is by the next inspection.
            let again = inspect(signal, &inspected.request).expect("sound");
            prop_assert!(matches!(again.request, Cow::Borrowed(_)));
            prop_assert_eq!((again.records, again.unusable), (inspected.kept(), 0));
        }
    }

    #[test]
    fn edits_and_drops_change_what_they_should_and_nothing_else(
        seed in vec(any::<u8>(), 1..400), description in 0u8..8, record in 0u64..6,
    ) {
        for signal in Signal::ALL {
            let message = schema::export_request(signal);
            let sent = newer(message, &seed);
            let mut changes = Changes { description, record, seen: 0 };
            let rewritten = rewrite(signal, &sent, &mut [&mut changes]).expect("sound");
            let mut model = Changes { description, record, seen: 0 };
            let (wanted, kept, _) = model.model(message, &sent, 0);
            prop_assert_eq!(&*rewritten.request, wanted);
            prop_assert_eq!(rewritten.kept(), kept);
            let again = inspect(signal, &rewritten.request).expect("lengths are right");
            prop_assert_eq!((again.records, again.unusable), (kept, 0));
            json::from_protobuf(message, &rewritten.request).expect("lengths are right");
        }
    }

    #[test]
    fn any_bytes_are_rewritten_or_refused(
        bytes in vec(any::<u8>(), 0..100), seed in vec(any::<u8>(), 1..200),
        at: prop::sample::Index, with: u8,
    ) {
        for signal in Signal::ALL {
            let mut damaged = newer(schema::export_request(signal), &seed);
            if !damaged.is_empty() {
                let at = at.index(damaged.len());
                damaged[at] = with;
            }
            for bytes in [&bytes, &damaged] {
                let is_sound = inspect(signal, bytes).is_ok();
                let mut changes = Changes { description: 7, record: 4, seen: 0 };
                let rewritten = rewrite(signal, bytes, &mut [&mut changes]);
                prop_assert_eq!(rewritten.is_ok(), is_sound);
                if let Ok(rewritten) = rewritten {
                    let again = inspect(signal, &rewritten.request).expect("lengths are right");
                    prop_assert_eq!((again.records, again.unusable), (rewritten.kept(), 0));
                }
                let mut changes = Changes { description: 7, record: 4, seen: 0 };
                let _ = rewrite_inspected(signal, bytes, &mut [&mut changes]);
            }
        }
    }
}

/// A message with unknown fields, and with its fields in either order.
fn newer(message: &schema::Message, seed: &[u8]) -> Vec<u8> {
    let generator = Generator {
        seed,
        is_newer: true,
    };
    generator.message(message)
}

/// A stage that takes everything, and changes what its numbers say.
struct Changes {
    /// Bits: add to the resource, add to the scope, edit them.
    description: u8,
    /// 0: nothing; otherwise of this number of records one is dropped, one gets a field and
    /// one is edited.
    record: u64,
    /// Records that were offered.
    seen: u64,
}

impl Changes {
    const fn none() -> Self {
        Self {
            description: 0,
            record: 0,
            seen: 0,
        }
    }

    fn describe(&self, bit: u8, message: &mut Message<'_>) {
        if self.description & bit != 0 {
            message.append(|writer| writer.bytes(700, &[7; 130]));
        }
        if self.description & 4 != 0 {
            message.edit(remove_first_field());
        }
    }

    /// Rebuilds a whole message as [`rewrite`] should leave it. Returns its bytes,
    /// and the records in it that stay and that do not.
    fn model(&mut self, message: &schema::Message, bytes: &[u8], depth: u8) -> (Vec<u8>, u64, u64) {
        let described = matches!(depth, 1 | 2);
        let mut rest = Writer::new();
        let (mut kept, mut left_out, mut has_description) = (0, 0, false);
        for read in fields(bytes).map(|read| read.expect("sound")) {
            let kind = message.field(read.number).map(|field| field.kind);
            let (Some(Kind::Message(child)), Value::Bytes(body)) = (kind, read.value) else {
                rest.raw(read.raw);
                continue;
            };
            if described && read.number == 1 {
                has_description = true;
                rest.bytes_present(1, &self.described(depth, body));
            } else if child.role == Role::Record {
                match self.recorded(child, body) {
                    Some(record) => {
                        rest.bytes_present(read.number, &record);
                        kept += 1;
                    }
                    None => left_out += 1,
                }
            } else if child.role == Role::Envelope {
                let (inner, inner_kept, inner_left_out) = self.model(child, body, depth + 1);
                if inner_kept > 0 || inner_left_out == 0 {
                    rest.bytes_present(read.number, &inner);
                }
                kept += inner_kept;
                left_out += inner_left_out;
            } else {
                rest.raw(read.raw);
            }
        }
        let mut whole = Writer::new();
        if described && !has_description {
            whole.bytes(1, &self.described(depth, b""));
        }
        whole.raw(rest.as_bytes());
        (whole.into_bytes(), kept, left_out)
    }

    fn described(&self, bit: u8, body: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.raw(body);
        if self.description & bit != 0 {
            writer.bytes(700, &[7; 130]);
        }
        if self.description & 4 != 0 {
            return without_first_field(writer.as_bytes());
        }
        writer.into_bytes()
    }

    fn recorded(&mut self, message: &schema::Message, body: &[u8]) -> Option<Vec<u8>> {
        // Only a span can be unusable here: without an id, or with one of zeros.
        let has_id = |number| {
            let id = fields(body).flatten().find(|field| field.number == number);
            id.and_then(|field| field.value.as_bytes())
                .is_some_and(|id| id[0] != 0)
        };
        if message.name == "Span" && !(has_id(span::TRACE_ID) && has_id(span::SPAN_ID)) {
            return None;
        }
        self.seen += 1;
        if self.record == 0 {
            return Some(body.to_vec());
        }
        match self.seen % self.record {
            0 => None,
            1 => Some([body, &[0xc2, 0x2b, 1, 7]].concat()),
            2 => Some(with_replaced_field(body)),
            _ => Some(body.to_vec()),
        }
    }
}

impl Stage for Changes {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RESOURCE
            .and(Interest::SCOPE)
            .and(Interest::RECORD)
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.describe(1, resource);
    }

    fn scope(&mut self, scope: &mut Message<'_>) {
        self.describe(2, scope);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        self.seen += 1;
        if self.record == 0 {
            return Keep::Yes;
        }
        match self.seen % self.record {
            0 => return Keep::No,
            1 => record.append(|writer| writer.bytes(696, &[7])),
            2 => {
                let position = record.fields().position(|field| !is_id(field));
                if let Some(position) = position {
                    record.replace(position, |writer| writer.varint(700, 1));
                }
            }
            _ => {}
        }
        Keep::Yes
    }
}

fn remove_first_field() -> impl FnMut(Field<'_>, &mut Writer) -> Edit {
    let mut is_first = true;
    move |_, _| match core::mem::take(&mut is_first) {
        true => Edit::Remove,
        false => Edit::Keep,
    }
}

fn without_first_field(message: &[u8]) -> Vec<u8> {
    let first = fields(message)
        .next()
        .map_or(0, |field| field.expect("sound").raw.len());
    message[first..].to_vec()
}

/// The first field that is no id, replaced by field 700.
fn with_replaced_field(message: &[u8]) -> Vec<u8> {
    let mut rest = fields(message).map(|field| field.expect("sound"));
    let before: usize = (rest.by_ref())
        .map_while(|field| is_id(field).then_some(field.raw.len()))
        .sum();
    match fields(&message[before..]).next() {
        Some(replaced) => {
            let replaced = replaced.expect("sound").raw.len();
            let after = &message[before + replaced..];
            [&message[..before], &[0xe0, 0x2b, 1], after].concat()
        }
        None => message.to_vec(),
    }
}

/// Whether a span without this field would be unusable.
fn is_id(field: Field<'_>) -> bool {
    matches!(field.number, span::TRACE_ID | span::SPAN_ID)
}
