//! The pass over a request: its edits, its drops, and what it leaves as it was received.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;

use arbitrary::Generator;
use proptest::collection::vec;
use proptest::prelude::*;
use std::borrow::Cow;
use throughline_otlp::field::{export_request, resource_group, scope_group, span};
use throughline_otlp::protobuf::{Field, Value, Writer, fields};
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, rewrite, rewrite_inspected,
};
use throughline_otlp::schema::{self, Kind, Role};
use throughline_otlp::{RecordFault, Signal, inspect, json};

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
            // What inspection leaves in a request, the next inspection leaves as it is.
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
    /// 0: nothing; otherwise one record in so many is dropped, one gets a field and one is
    /// edited.
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

/// A stage made of closures, for the tests below.
struct Each<R, F> {
    interest: Interest,
    resource: R,
    record: F,
}

impl<R, F> Stage for Each<R, F>
where
    R: FnMut(&mut Message<'_>),
    F: FnMut(&mut Message<'_>, &Envelope<'_>) -> Keep,
{
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Traces => self.interest,
            Signal::Logs | Signal::Metrics => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        (self.resource)(resource);
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        (self.record)(record, envelope)
    }
}

fn records<F>(interest: Interest, record: F) -> Each<fn(&mut Message<'_>), F>
where
    F: FnMut(&mut Message<'_>, &Envelope<'_>) -> Keep,
{
    Each {
        interest,
        resource: |_| {},
        record,
    }
}

/// A resource group with spans of these names; its resource comes last, in two pieces.
fn group(writer: &mut Writer, names: &[&str]) {
    let group = writer.open(export_request::RESOURCE);
    let scope = writer.open(resource_group::SCOPE);
    for name in names {
        let open = writer.open(scope_group::RECORD);
        writer.bytes(span::TRACE_ID, &[1; 16]);
        writer.bytes(span::SPAN_ID, &[2; 8]);
        writer.string(span::NAME, name);
        writer.close(open);
    }
    writer.bytes(scope_group::SCOPE, b"\x0a\x01s");
    writer.close(scope);
    writer.bytes(resource_group::RESOURCE, b"\x10\x01");
    writer.bytes(resource_group::RESOURCE, b"\x10\x02");
    writer.close(group);
}

fn name(record: &Message<'_>) -> String {
    let name = record.fields().find(|field| field.number == span::NAME);
    let name = name
        .and_then(|field| field.value.as_bytes())
        .unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

#[test]
fn a_stage_without_interest_is_never_called() {
    let mut stage = records(Interest::RECORD, |_, _| panic!("it is called"));
    stage.interest = Interest::NONE;
    let mut writer = Writer::new();
    group(&mut writer, &["a"]);
    // Next to a stage that takes the span.
    let mut other = Changes::none();
    let stages: &mut [&mut dyn Stage] = &mut [&mut stage, &mut other];
    let rewritten = rewrite(Signal::Traces, writer.as_bytes(), stages).expect("sound");
    assert_eq!((rewritten.kept(), other.seen), (1, 1));
    stage.interest = Interest::RECORD;
    // Its interest is in spans alone.
    let log = [0x0a, 4, 0x12, 2, 0x12, 0];
    let rewritten = rewrite(Signal::Logs, &log, &mut [&mut stage]).expect("sound");
    assert_eq!(rewritten.kept(), 1);
}

#[test]
fn a_resource_that_comes_last_is_in_the_envelope_as_the_stages_left_it() {
    let mut writer = Writer::new();
    group(&mut writer, &["a"]);
    let sent = writer.into_bytes();
    let mut envelopes = Vec::new();
    let mut look = records(Interest::RECORD, |_, envelope| {
        envelopes.push((envelope.resource.to_vec(), envelope.scope.to_vec()));
        Keep::Yes
    });
    let mut edit = Each {
        interest: Interest::RESOURCE,
        resource: |resource: &mut Message<'_>| resource.append(|writer| writer.varint(2, 3)),
        record: |_: &mut Message<'_>, _: &Envelope<'_>| Keep::Yes,
    };
    rewrite(Signal::Traces, &sent, &mut [&mut look]).expect("sound");
    let rewritten = rewrite(Signal::Traces, &sent, &mut [&mut look, &mut edit]).expect("sound");
    assert_eq!(
        envelopes,
        [
            (b"\x10\x01\x10\x02".to_vec(), b"\x0a\x01s".to_vec()),
            (b"\x10\x01\x10\x02\x10\x03".to_vec(), b"\x0a\x01s".to_vec())
        ]
    );
    // Both pieces became one, where the first was.
    let mut wanted = sent.clone();
    wanted.truncate(sent.len() - 8);
    wanted.extend_from_slice(b"\x0a\x06\x10\x01\x10\x02\x10\x03");
    assert_eq!(&*rewritten.request, wanted);
}

#[test]
fn the_envelope_of_a_data_point_has_its_metric() {
    // Gauge `a` with one data point, then gauge `b` with one: only that of `b` is kept.
    let metrics = [b"\x0a\x01a\x2a\x02\x0a\x00", b"\x0a\x01b\x2a\x02\x0a\x00"];
    let request = |metrics: &[&[u8; 7]]| {
        let mut writer = Writer::new();
        let group = writer.open(export_request::RESOURCE);
        let scope = writer.open(resource_group::SCOPE);
        for metric in metrics {
            writer.bytes(scope_group::RECORD, *metric);
        }
        writer.close(scope);
        writer.close(group);
        writer.into_bytes()
    };
    struct OnlyB;
    impl Stage for OnlyB {
        fn interest(&self, _: Signal) -> Interest {
            Interest::RECORD
        }

        fn record(&mut self, _: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
            match envelope.metric.starts_with(b"\x0a\x01b") {
                true => Keep::Yes,
                false => Keep::No,
            }
        }
    }
    let sent = request(&metrics);
    let rewritten = rewrite(Signal::Metrics, &sent, &mut [&mut OnlyB]).expect("sound");
    assert_eq!(&*rewritten.request, request(&metrics[1..]));
    assert_eq!((rewritten.records, rewritten.dropped), (2, 1));
}

#[test]
fn a_later_stage_sees_what_an_earlier_one_left() {
    let mut writer = Writer::new();
    group(&mut writer, &["a", "b", "c"]);
    group(&mut writer, &["b", "b"]);
    let mut first = records(Interest::RECORD, |record, _| {
        if name(record) == "b" {
            return Keep::No;
        }
        record.edit(|field, writer| match field.number {
            span::NAME => {
                writer.string(span::NAME, "renamed");
                Edit::Replace
            }
            span::SPAN_ID => {
                writer.string(span::NAME, "discarded");
                Edit::Keep
            }
            _ => Edit::Keep,
        });
        Keep::Yes
    });
    let mut seen = Vec::new();
    let mut second = records(Interest::RECORD, |record, _| {
        seen.push(name(record));
        record.remove(0);
        record.edit(|field, _| match field.number {
            span::SPAN_ID => Edit::Remove,
            _ => Edit::Keep,
        });
        record.append(|_| {});
        Keep::Yes
    });
    let rewritten = rewrite(
        Signal::Traces,
        writer.as_bytes(),
        &mut [&mut first, &mut second],
    );
    let rewritten = rewritten.expect("sound");
    assert_eq!(seen, ["renamed", "renamed"]);
    assert_eq!((rewritten.records, rewritten.dropped), (5, 3));
    // The second group had spans and has none left.
    let mut wanted = Writer::new();
    let group = wanted.open(export_request::RESOURCE);
    let scope = wanted.open(resource_group::SCOPE);
    for _ in 0..2 {
        let open = wanted.open(scope_group::RECORD);
        wanted.string(span::NAME, "renamed");
        wanted.close(open);
    }
    wanted.bytes(scope_group::SCOPE, b"\x0a\x01s");
    wanted.close(scope);
    wanted.bytes(resource_group::RESOURCE, b"\x10\x01");
    wanted.bytes(resource_group::RESOURCE, b"\x10\x02");
    wanted.close(group);
    assert_eq!(&*rewritten.request, wanted.as_bytes());
}

#[test]
fn a_record_that_is_dropped_before_inspection_costs_no_request() {
    let mut writer = Writer::new();
    group(&mut writer, &["a"]);
    // A span that is no protobuf, and one whose id is too short.
    writer.raw(b"\x0a\x05\x12\x03\x12\x01\x0f");
    writer.raw(b"\x0a\x07\x12\x05\x12\x03\x0a\x01\x01");
    let sent = writer.into_bytes();
    rewrite(Signal::Traces, &sent, &mut []).expect_err("it is no protobuf");
    let mut sample = records(Interest::UNINSPECTED_RECORD, |record, _| {
        match record.bytes() == [0x0f] {
            true => Keep::No,
            false => Keep::Yes,
        }
    });
    let mut seen = Vec::new();
    let mut look = records(Interest::RECORD, |record, _| {
        seen.push(name(record));
        Keep::Yes
    });
    let rewritten = rewrite(Signal::Traces, &sent, &mut [&mut sample, &mut look]);
    let rewritten = rewritten.expect("what is broken is dropped");
    assert_eq!(rewritten.kept(), 1);
    assert_eq!((rewritten.dropped, rewritten.unusable), (1, 1));
    let too_short = RecordFault::IdLength {
        field: "traceId",
        length: 1,
        wanted: 16,
    };
    assert_eq!(rewritten.first_fault, Some(too_short));
    assert_eq!(seen, ["a"]);
}

#[test]
fn a_group_that_was_received_empty_stays() {
    // A resource group with an empty scope group, and an empty one; lengths in long form.
    let empty = b"\x0a\x83\x00\x12\x81\x80\x00\x0a\x80\x00";
    let mut writer = Writer::new();
    writer.raw(empty);
    group(&mut writer, &["a"]);
    let mut drop = records(Interest::RECORD, |_, _| Keep::No);
    let sent = [empty, &writer.as_bytes()[empty.len()..]].concat();
    let kept = rewrite(Signal::Traces, &sent, &mut []);
    let refused = kept.expect_err("the length of the scope group goes past its end");
    assert_eq!(
        refused.to_string(),
        "resourceSpans[0]: the message ends inside a field"
    );
    let empty = b"\x0a\x84\x00\x12\x80\x80\x00\x0a\x80\x00";
    let sent = [empty, &writer.as_bytes()[empty.len()..]].concat();
    let rewritten = rewrite(Signal::Traces, &sent, &mut [&mut drop]).expect("sound");
    assert_eq!(&*rewritten.request, empty);
}
