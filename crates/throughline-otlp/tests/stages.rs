//! Tests of the stages of a rewriting pass: what they see, in which order, and what their edits
//! and drops do.

use throughline_otlp::field::{export_request, resource_group, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{Edit, Envelope, Interest, Keep, Message, Stage, rewrite};
use throughline_otlp::{RecordFault, Signal};

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
    let mut seen = 0;
    let mut other = records(Interest::RECORD, |_, _| {
        seen += 1;
        Keep::Yes
    });
    let stages: &mut [&mut dyn Stage] = &mut [&mut stage, &mut other];
    let rewritten = rewrite(Signal::Traces, writer.as_bytes(), stages).expect("sound");
    assert_eq!((rewritten.kept(), seen), (1, 1));
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
fn a_broken_record_that_is_dropped_before_inspection_does_not_refuse_the_request() {
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
