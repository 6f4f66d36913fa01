//! Tests of merging: what came in is what comes out, in any order and through a snapshot.

use super::super::{Aggregate, Form, HistogramKind, Measurement, Measurements, Metric};
use super::*;
use proptest::prelude::*;

/// Deltas of an edge with these durations, by route.
fn deltas(kind: HistogramKind, instance: u64, at: u64, values: &[(u8, f64)]) -> Vec<u8> {
    let mut edge = Aggregate::new(100, vec![kind]);
    for (route, value) in values {
        let measurements = Measurements {
            metric: Metric::RequestDuration,
            service: "shop".into(),
            attributes: vec![("http.route", format!("/{route}").into())],
            values: vec![Measurement {
                value: *value,
                weight: 1.0,
                exemplar: None,
            }],
        };
        edge.add(measurements, at);
    }
    edge.begin_exports(instance, at);
    let temporality = Temporality::Delta;
    let form = Form {
        temporality,
        histogram: kind,
    };
    edge.export(form, at + 1_000).expect("something")
}

fn export(merged: &mut Merged, temporality: Temporality, now: u64) -> Option<Vec<u8>> {
    merged.export(
        temporality,
        Export {
            instance: "owner",
            before_unix_nano: 0,
            now_unix_nano: now,
        },
    )
}

/// The counts and sums by attributes.
fn points(request: &[u8]) -> Vec<(Vec<u8>, u64, f64)> {
    let mut points = Vec::new();
    // What is read are deltas; the counts are in the same place.
    let mut again = Merged::new(1_000);
    again.add(request).expect("OTLP");
    for (attributes, series) in again.metrics.values().flatten() {
        let (count, sum) = match &series.value {
            Value::Sum(sum) => (*sum, 0.0),
            Value::Histogram(histogram) => (histogram.shape.count(), histogram.sum),
        };
        points.push((attributes.to_vec(), count, sum));
    }
    points
}

#[test]
fn series_of_several_edges_are_one() {
    for kind in [HistogramKind::Explicit, HistogramKind::Exponential] {
        let mut merged = Merged::new(100);
        for (instance, at) in [(1, 5_000), (2, 4_000)] {
            let part = deltas(kind, instance, at, &[(1, 0.25), (1, 4.0), (2, 0.5)]);
            merged.add(&part).expect("OTLP");
        }
        let delta = export(&mut merged, Temporality::Delta, 9_000).expect("something");
        let counts: Vec<_> = points(&delta)
            .into_iter()
            .map(|(_, n, sum)| (n, sum))
            .collect();
        assert_eq!(counts, [(4, 8.5), (2, 1.0)]);
        assert!(merged.is_empty(), "a delta is exported once");
        assert_eq!(export(&mut merged, Temporality::Delta, 9_000), None);
    }
}

#[test]
fn counts_since_the_start_go_on_until_nothing_comes_for_an_hour() {
    let mut merged = Merged::new(100);
    for at in [5_000, 6_000] {
        let part = deltas(HistogramKind::Explicit, at, at, &[(1, 0.25)]);
        merged.add(&part).expect("OTLP");
    }
    for now in [7_000, 8_000] {
        let all = export(&mut merged, Temporality::Cumulative, now).expect("something");
        let (_, all) = all.split_at(0);
        assert!(
            all.windows(8).any(|bytes| bytes == 5_000_u64.to_le_bytes()),
            "the start"
        );
        let series = merged.metrics.values().flat_map(BTreeMap::values);
        let counts = series.map(|series| match &series.value {
            Value::Histogram(histogram) => histogram.shape.count(),
            Value::Sum(sum) => *sum,
        });
        assert_eq!(counts.collect::<Vec<_>>(), [2]);
    }
    export(&mut merged, Temporality::Cumulative, 7_000 + nanos(IDLE));
    assert!(merged.is_empty());
}

#[test]
fn series_beyond_the_limit_are_one() {
    let mut merged = Merged::new(2);
    let all: Vec<(u8, f64)> = (0..9).map(|route| (route, 1.0)).collect();
    let part = deltas(HistogramKind::Explicit, 1, 5_000, &all);
    merged.add(&part).expect("OTLP");
    let request = export(&mut merged, Temporality::Delta, 9_000).expect("something");
    let overflow = b"otel.metric.overflow";
    assert_eq!(
        request
            .windows(overflow.len())
            .filter(|text| text == overflow)
            .count(),
        1
    );
    let counts: u64 = points(&request)
        .into_iter()
        .map(|(_, count, _)| count)
        .sum();
    assert_eq!(counts, 9);
}

#[test]
fn counts_that_are_no_deltas_are_left_out() {
    let mut merged = Merged::new(100);
    let part = deltas(HistogramKind::Explicit, 1, 5_000, &[(1, 0.25)]);
    merged.add(&part).expect("OTLP");
    let cumulative = export(&mut merged, Temporality::Cumulative, 9_000).expect("something");
    let mut other = Merged::new(100);
    other.add(&cumulative).expect("OTLP");
    assert!(other.is_empty());
    assert!(merged.add(b"\x0a\xff").is_err());
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled_in_any_order(
        parts in proptest::collection::vec(
            proptest::collection::vec((0..4_u8, 0.0..9_000.0_f64), 1..9), 1..6),
        exponential: bool,
        restored_after in 0..6_usize,
    ) {
        let kind = match exponential {
            true => HistogramKind::Exponential,
            false => HistogramKind::Explicit,
        };
        let (mut forwards, mut backwards) = (Merged::new(100), Merged::new(100));
        let encoded: Vec<_> = (parts.iter().zip(1..))
            .map(|(part, number)| deltas(kind, number, 1_000 * number, part))
            .collect();
        for (index, part) in encoded.iter().enumerate() {
            if index == restored_after {
                let snapshot = forwards.snapshot();
                forwards = Merged::new(100);
                forwards.add(&snapshot).expect("OTLP");
            }
            forwards.add(part).expect("OTLP");
        }
        for part in encoded.iter().rev() {
            backwards.add(part).expect("OTLP");
        }
        let one = points(&export(&mut forwards, Temporality::Delta, 99_000).expect("something"));
        let other = points(&export(&mut backwards, Temporality::Delta, 99_000).expect("something"));
        prop_assert_eq!(one.len(), other.len());
        for ((attributes, count, sum), other) in one.iter().zip(&other) {
            prop_assert_eq!((attributes, count), (&other.0, &other.1));
            prop_assert!((sum - other.2).abs() < 1e-6);
        }
        let counted: u64 = one.iter().map(|(_, count, _)| count).sum();
        prop_assert_eq!(counted, parts.iter().flatten().count() as u64);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = Merged::new(3).add(&bytes);
    }

    /// Bytes that are OTLP up to a change.
    #[test]
    fn changed_bytes_are_read_or_refused(at: proptest::sample::Index, to: u8, exponential: bool) {
        let kind = match exponential {
            true => HistogramKind::Exponential,
            false => HistogramKind::Explicit,
        };
        let mut bytes = deltas(kind, 1, 5_000, &[(1, 0.25), (1, 4.0), (2, 0.5)]);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let mut merged = Merged::new(3);
        for part in [bytes, deltas(kind, 1, 5_000, &[(1, 0.25), (2, 99.0)])] {
            let _ = merged.add(&part);
        }
        export(&mut merged, Temporality::Cumulative, 9_000);
    }
}
