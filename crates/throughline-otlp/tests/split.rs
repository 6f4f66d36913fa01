//! Tests that a split request has the records of the whole, in their order, within the limits.
#![expect(
    clippy::expect_used,
    reason = "in a test a panic is how a failure is reported"
)]

mod arbitrary;

use arbitrary::Generator;
use proptest::collection::vec;
use proptest::prelude::*;
use throughline_otlp::protobuf::fields;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite_inspected};
use throughline_otlp::schema;
use throughline_otlp::split::{Limits, split};
use throughline_otlp::{Signal, inspect};

proptest! {
    #[test]
    fn the_parts_have_the_records_of_the_whole(
        seed in vec(any::<u8>(), 1..400), bytes in 0usize..2_000, records in 0u64..4,
    ) {
        for signal in Signal::ALL {
            let generator = Generator { seed: &seed, is_newer: true };
            let sent = generator.message(schema::export_request(signal));
            let inspected = inspect(signal, &sent).expect("sound");
            let limits = Limits { bytes, records };
            let parts = split(signal, &inspected.request, limits).expect("sound");
            let mut found = Vec::new();
            for part in &parts {
                let records = seen(signal, &part.request);
                let again = inspect(signal, &part.request).expect("lengths are right");
                prop_assert_eq!((again.kept(), again.unusable), (part.records, 0));
                prop_assert_eq!(records.len() as u64, part.records);
                let is_alone = messages(&part.request) <= 1;
                prop_assert!(limits.allow(part.request.len(), part.records) || is_alone);
                found.extend(records);
            }
            prop_assert_eq!(found, seen(signal, &inspected.request));
        }
    }

    #[test]
    fn any_bytes_are_split_or_refused(
        request in vec(any::<u8>(), 0..300), bytes in 0usize..99, records in 0u64..3,
    ) {
        for signal in Signal::ALL {
            let _ = split(signal, &request, Limits { bytes, records });
        }
    }
}

/// Each record with its resource, scope and metric.
type Record = [Vec<u8>; 4];

/// The records of a request.
fn seen(signal: Signal, request: &[u8]) -> Vec<Record> {
    let mut records = Records::default();
    rewrite_inspected(signal, request, &mut [&mut records]).expect("sound");
    records.0
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
