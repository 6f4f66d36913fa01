//! Tests that a split request has the records of the whole, in their order, within the limits.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;

use arbitrary::Generator;
use proptest::collection::vec;
use proptest::prelude::*;
use throughline_otlp::field::{
    export_request, metric, number_data_point, points, resource_group, scope_group, temporality,
};
use throughline_otlp::protobuf::{Writer, fields};
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite_inspected};
use throughline_otlp::schema;
use throughline_otlp::split::{Limits, split};
use throughline_otlp::{Signal, count_records, inspect};

proptest! {
    #[test]
    fn the_parts_have_the_records_of_the_whole(
        seed in vec(any::<u8>(), 1..400), is_newer: bool, bytes in 0usize..2_000, records in 0u64..4,
    ) {
        for signal in Signal::ALL {
            let generator = Generator { seed: &seed, is_newer };
            let sent = generator.message(schema::export_request(signal));
            let inspected = inspect(signal, &sent).expect("sound");
            prop_assert_eq!(count_records(signal, &sent).expect("sound"), inspected.records);
            let limits = Limits { bytes, records };
            let parts = split(signal, &inspected.request, limits).expect("sound");
            let mut found = Vec::new();
            for part in &parts {
                let records = seen(signal, &part.request, is_newer);
                let again = inspect(signal, &part.request).expect("lengths are right");
                prop_assert_eq!((again.kept(), again.unusable), (part.records, 0));
                prop_assert_eq!(records.len() as u64, part.records);
                let is_alone = messages(&part.request) <= 1 && part.records <= 1;
                prop_assert!(limits.allow(part.request.len(), part.records) || is_alone);
                found.extend(records);
            }
            prop_assert_eq!(found, seen(signal, &inspected.request, is_newer));
        }
    }

    #[test]
    fn the_data_points_of_one_metric_are_all_in_the_parts(
        points in 1u64..40, bytes in 0usize..600, records in 0u64..6,
    ) {
        let sent = metric_with(points);
        let limits = Limits { bytes, records };
        let parts = split(Signal::Metrics, &sent, limits).expect("sound");
        let mut found = Vec::new();
        for part in &parts {
            prop_assert!(limits.allow(part.request.len(), part.records) || part.records == 1);
            found.extend(seen(Signal::Metrics, &part.request, false));
        }
        prop_assert_eq!(found, seen(Signal::Metrics, &sent, false));
        if bytes == 0 && records > 0 {
            prop_assert_eq!(parts.len() as u64, points.div_ceil(records));
        }
    }

    #[test]
    fn any_bytes_are_split_or_refused(
        request in vec(any::<u8>(), 0..300), bytes in 0usize..99, records in 0u64..3,
    ) {
        for signal in Signal::ALL {
            let _ = split(signal, &request, Limits { bytes, records });
            // What can be inspected can be counted, and has as many records.
            if let Ok(inspected) = inspect(signal, &request) {
                prop_assert_eq!(count_records(signal, &request), Ok(inspected.records));
            }
            let _ = count_records(signal, &request);
        }
    }
}

/// A request with one sum of so many data points, which differ in time and value.
fn metric_with(points: u64) -> Vec<u8> {
    let mut writer = Writer::new();
    let resource = writer.open(export_request::RESOURCE);
    let scope = writer.open(resource_group::SCOPE);
    let metric = writer.open(scope_group::RECORD);
    writer.string(metric::NAME, "queue.length");
    writer.string(metric::UNIT, "{item}");
    let sum = writer.open(metric::SUM);
    for point in 1..=points {
        let open = writer.open(points::DATA_POINTS);
        writer.fixed64(number_data_point::TIME_UNIX_NANO, point);
        writer.fixed64(number_data_point::AS_INT, point);
        writer.close(open);
    }
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality::DELTA);
    for open in [sum, metric, scope, resource] {
        writer.close(open);
    }
    writer.into_bytes()
}

/// Each record with its resource, scope and metric.
type Record = [Vec<u8>; 4];

/// The records of a request.
fn seen(signal: Signal, request: &[u8], is_newer: bool) -> Vec<Record> {
    let mut records = Records::default();
    rewrite_inspected(signal, request, &mut [&mut records]).expect("sound");
    for [_, _, _, metric] in &mut records.0 {
        *metric = description(metric, is_newer);
    }
    records.0
}

/// The fields of a metric, without its data points. A metric that is split has as many data
/// points in all, and each part describes them in full. One of a newer protocol may have data of
/// several kinds, of which a part has one.
fn description(metric: &[u8], is_newer: bool) -> Vec<u8> {
    let (mut description, mut kinds) = (Vec::new(), Vec::new());
    for field in fields(metric).flatten() {
        match field.value.as_bytes() {
            Some(data) if [5, 7, 9, 10, 11].contains(&field.number) => {
                if is_newer {
                    continue;
                }
                let others = fields(data).flatten().filter(|field| field.number != 1);
                kinds.extend(others.flat_map(|field| field.raw.to_vec()));
            }
            _ => description.extend_from_slice(field.raw),
        }
    }
    [description, kinds].concat()
}

#[derive(Default)]
struct Records(Vec<Record>);

impl Stage for Records {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        let Envelope {
            resource,
            scope,
            metric,
        } = *envelope;
        self.0
            .push([record.bytes(), resource, scope, metric].map(<[u8]>::to_vec));
        Keep::Yes
    }
}

/// Spans, log records or metrics of a request.
fn messages(request: &[u8]) -> usize {
    let of = |message: &[u8], number| {
        let found = fields(message)
            .flatten()
            .filter(|field| field.number == number);
        found
            .filter_map(|field| field.value.as_bytes().map(<[u8]>::to_vec))
            .collect::<Vec<_>>()
    };
    let scopes = of(request, 1).into_iter().flat_map(|group| of(&group, 2));
    scopes.flat_map(|scope| of(&scope, 2)).count()
}
