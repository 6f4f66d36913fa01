//! Tests of the series and their histograms.

use super::explicit::Explicit;
use super::histogram::WholeBuckets;
use super::*;
use proptest::prelude::*;
use throughline_otlp::{Signal, inspect};

const SECOND: u64 = 1_000_000_000;
const KINDS: [HistogramKind; 2] = [HistogramKind::Explicit, HistogramKind::Exponential];
const DELTA: Form = Form {
    temporality: Temporality::Delta,
    histogram: HistogramKind::Explicit,
};
const CUMULATIVE: Form = Form {
    temporality: Temporality::Cumulative,
    ..DELTA
};

fn measurement(value: f64, weight: f64, route: &str) -> Measurements {
    Measurements {
        metric: Metric::RequestDuration,
        service: "shop".into(),
        attributes: vec![("http.route", route.into())],
        values: vec![Measurement {
            value,
            weight,
            exemplar: None,
        }],
    }
}

fn points(request: Option<Vec<u8>>) -> u64 {
    request.map_or(0, |request| {
        inspect(Signal::Metrics, &request).expect("sound").kept()
    })
}

#[test]
fn a_bound_belongs_to_the_bucket_below_it() {
    let mut buckets = Explicit::new(&[0.1, 0.25]);
    for value in [0.0, 0.1, 0.100_001, 0.25, 9.0] {
        buckets.add(value, 1.0);
    }
    assert_eq!(buckets.cumulative().counts, [2, 2, 1]);
}

#[test]
fn what_is_no_measurement_is_ignored() {
    let mut aggregate = Aggregate::new(10, KINDS.to_vec());
    for (value, weight) in [
        (f64::NAN, 1.0),
        (f64::INFINITY, 1.0),
        (-0.1, 1.0),
        (0.1, 0.0),
        (0.1, f64::NAN),
    ] {
        aggregate.add(measurement(value, weight, "/"), SECOND);
    }
    assert_eq!(aggregate.export(DELTA, SECOND), None);
}

#[test]
fn series_beyond_the_limit_are_one() {
    let mut aggregate = Aggregate::new(3, KINDS.to_vec());
    for route in 0..50 {
        aggregate.add(measurement(0.1, 1.0, &format!("/{route}")), SECOND);
    }
    assert_eq!(points(aggregate.export(CUMULATIVE, SECOND)), 4);
    let overflow = vec![(OVERFLOW, Box::from("true"))];
    let all = &aggregate.services[&("shop".into(), Metric::RequestDuration)];
    for histogram in [&all[&overflow].explicit, &all[&overflow].exponential] {
        let counts = histogram.as_ref().map(Histogram::cumulative);
        assert_eq!(counts.map(|counts| counts.buckets.count()), Some(47));
    }
}

#[test]
fn a_delta_has_what_is_new_and_a_series_that_is_idle_ends() {
    let mut aggregate = Aggregate::new(3, KINDS.to_vec());
    aggregate.add(measurement(0.1, 1.0, "/"), SECOND);
    assert_eq!(points(aggregate.export(DELTA, 2 * SECOND)), 1);
    assert_eq!(points(aggregate.export(DELTA, 3 * SECOND)), 0);
    assert_eq!(points(aggregate.export(CUMULATIVE, 3 * SECOND)), 1);
    aggregate.forget_idle(3_000 * SECOND);
    assert_eq!(points(aggregate.export(CUMULATIVE, 3_000 * SECOND)), 1);
    aggregate.forget_idle(3_601 * SECOND);
    assert_eq!(points(aggregate.export(CUMULATIVE, 3_601 * SECOND)), 0);
}

#[test]
fn a_kind_that_a_new_configuration_wants_begins_with_it() {
    let mut aggregate = Aggregate::new(3, vec![HistogramKind::Explicit]);
    let exponential = Form {
        histogram: HistogramKind::Exponential,
        ..CUMULATIVE
    };
    aggregate.add(measurement(0.1, 1.0, "/"), SECOND);
    assert_eq!(points(aggregate.export(exponential, SECOND)), 0);
    aggregate.make(vec![HistogramKind::Exponential]);
    assert_eq!(points(aggregate.export(CUMULATIVE, SECOND)), 0);
    aggregate.add(measurement(0.1, 1.0, "/"), 5 * SECOND);
    let request = aggregate.export(exponential, 6 * SECOND).expect("a point");
    let start = (5 * SECOND).to_le_bytes();
    let is_there = request.windows(8).any(|bytes| bytes == start);
    assert!(is_there, "it starts when the kind was first made");
    assert_eq!(points(Some(request)), 1);
}

proptest! {
    #[test]
    fn deltas_add_up_to_the_whole(
        kind in prop::sample::select(&KINDS),
        values in prop::collection::vec((0.0f64..20.0, 0.1f64..40.0, prop::bool::ANY), 1..100),
    ) {
        let mut histogram = Histogram::new(kind, Metric::RequestDuration.bounds(), SECOND);
        let (mut counts, mut sum, mut weights) = (0, 0.0, 0.0);
        for (value, weight, is_exported) in values {
            histogram.add(value, weight, None);
            weights += weight;
            if is_exported {
                let delta = histogram.delta(SECOND).expect("a value");
                counts += delta.buckets.count();
                sum += delta.sum;
            }
        }
        if let Some(delta) = histogram.delta(SECOND) {
            counts += delta.buckets.count();
            sum += delta.sum;
        }
        let whole = histogram.cumulative();
        let count = whole.buckets.count();
        if kind == HistogramKind::Explicit {
            prop_assert_eq!(counts, count);
        }
        prop_assert!((sum - whole.sum).abs() < 1e-6 * whole.sum.max(1.0));
        // Each bucket is the nearest whole number.
        let most = match whole.buckets {
            WholeBuckets::Explicit(explicit) => explicit.counts.len(),
            WholeBuckets::Exponential(buckets) => buckets.counts.len() + 1,
        };
        prop_assert!((count as f64 - weights).abs() <= 0.5 * most as f64);
    }
}
