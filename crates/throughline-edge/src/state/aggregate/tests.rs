//! Tests of the series and their histograms.

use super::*;
use proptest::prelude::*;
use throughline_otlp::{Signal, inspect};

const SECOND: u64 = 1_000_000_000;

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
    let mut histogram = Histogram::new(&[0.1, 0.25]);
    for value in [0.0, 0.1, 0.100_001, 0.25, 9.0] {
        histogram.add(value, 1.0, None);
    }
    assert_eq!(histogram.cumulative().buckets, [2, 2, 1]);
}

#[test]
fn what_is_no_measurement_is_ignored() {
    let mut aggregate = Aggregate::new(10);
    for (value, weight) in [
        (f64::NAN, 1.0),
        (f64::INFINITY, 1.0),
        (-0.1, 1.0),
        (0.1, 0.0),
        (0.1, f64::NAN),
    ] {
        aggregate.add(measurement(value, weight, "/"), SECOND);
    }
    assert_eq!(aggregate.export(Temporality::Delta, SECOND), None);
}

#[test]
fn series_beyond_the_limit_are_one() {
    let mut aggregate = Aggregate::new(3);
    for route in 0..50 {
        aggregate.add(measurement(0.1, 1.0, &format!("/{route}")), SECOND);
    }
    assert_eq!(points(aggregate.export(Temporality::Cumulative, SECOND)), 4);
    let overflow = vec![(OVERFLOW, Box::from("true"))];
    let all = &aggregate.services[&("shop".into(), Metric::RequestDuration)];
    assert_eq!(all[&overflow].histogram.cumulative().count, 47);
}

#[test]
fn a_delta_has_what_is_new_and_a_series_that_is_idle_ends() {
    let mut aggregate = Aggregate::new(3);
    aggregate.add(measurement(0.1, 1.0, "/"), SECOND);
    assert_eq!(points(aggregate.export(Temporality::Delta, 2 * SECOND)), 1);
    assert_eq!(points(aggregate.export(Temporality::Delta, 3 * SECOND)), 0);
    assert_eq!(
        points(aggregate.export(Temporality::Cumulative, 3 * SECOND)),
        1
    );
    aggregate.forget_idle(3_000 * SECOND);
    assert_eq!(
        points(aggregate.export(Temporality::Cumulative, 3_000 * SECOND)),
        1
    );
    aggregate.forget_idle(3_601 * SECOND);
    assert_eq!(
        points(aggregate.export(Temporality::Cumulative, 3_601 * SECOND)),
        0
    );
}

proptest! {
    #[test]
    fn deltas_add_up_to_the_whole(
        values in prop::collection::vec((0.0f64..20.0, 0.1f64..40.0, prop::bool::ANY), 1..100),
    ) {
        let mut histogram = Histogram::new(Metric::RequestDuration.bounds());
        let (mut counts, mut sum, mut weights) = (0, 0.0, 0.0);
        for (value, weight, is_exported) in values {
            histogram.add(value, weight, None);
            weights += weight;
            if is_exported {
                let delta = histogram.delta().expect("a value");
                counts += delta.count;
                sum += delta.sum;
            }
        }
        if let Some(delta) = histogram.delta() {
            counts += delta.count;
            sum += delta.sum;
        }
        let whole = histogram.cumulative();
        prop_assert_eq!(counts, whole.count);
        prop_assert!((sum - whole.sum).abs() < 1e-6 * whole.sum.max(1.0));
        // Each bucket is the nearest whole number.
        let most = 0.5 * whole.buckets.len() as f64;
        prop_assert!((whole.count as f64 - weights).abs() <= most);
    }
}
