//! Tests of exponential buckets, against the definition of their bounds.

use super::*;
use proptest::prelude::*;

/// Values over the whole range of f64, most of them near each other.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.001f64..30.0,
        2 => prop::num::f64::POSITIVE | prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL,
        1 => (-40i32..40).prop_map(|exponent| 2f64.powi(exponent)),
        1 => Just(0.0),
    ]
    .prop_map(f64::abs)
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(value(), 0..60)
}

fn of(values: &[f64]) -> Buckets<u64> {
    let mut buckets = Buckets::default();
    for value in values {
        buckets.add(*value, 1);
    }
    buckets
}

fn merged<'a>(all: impl IntoIterator<Item = &'a Buckets<u64>>) -> Buckets<u64> {
    let mut sum = Buckets::default();
    for buckets in all {
        sum.merge(buckets);
    }
    sum
}

/// The logarithm to base 2 of the upper bound of a bucket.
fn upper_log2(buckets: &Buckets<u64>, index: i32) -> f64 {
    f64::from(index + 1) * 2f64.powi(-buckets.scale())
}

/// The value below which a share of all values is, as a reader of the histogram sees it: the
/// middle of its bucket.
fn quantile(buckets: &Buckets<u64>, rank: u64) -> f64 {
    let mut before = buckets.zero;
    if rank < before {
        return 0.0;
    }
    for (index, count) in (buckets.offset..).zip(&buckets.counts) {
        before += count;
        if rank < before {
            let upper = upper_log2(buckets, index).exp2();
            let lower = upper_log2(buckets, index - 1).exp2();
            return 2.0 * lower * upper / (lower + upper);
        }
    }
    f64::NAN
}

#[test]
fn a_bound_belongs_to_the_bucket_below_it() {
    let mut buckets = of(&[1.0, 2.0, 4.0]);
    let scale = Scale::new(0).expect("a scale");
    buckets.downscale_to(scale);
    assert_eq!((buckets.offset, &buckets.counts), (-1, &vec![1, 1, 1]));
}

#[test]
fn the_scale_is_as_fine_as_the_range_allows() {
    for (values, scale) in [
        (&[1.0, 1.0][..], 8),
        (&[0.001, 1.0], 4),
        (&[0.001, 2.0], 3),
        (&[f64::MIN_POSITIVE, f64::MAX], -4),
    ] {
        let buckets = of(values);
        assert_eq!(buckets.scale(), scale, "{values:?}");
        assert!(buckets.counts.len() <= 160);
    }
}

proptest! {
    #[test]
    fn each_value_is_in_its_bucket(values in values()) {
        let buckets = of(&values);
        prop_assert_eq!(buckets.count(), values.len() as u64);
        prop_assert!(buckets.counts.len() <= 160);
        for value in values.into_iter().filter(|value| *value >= f64::MIN_POSITIVE) {
            let index = buckets.scale.map_to_index(value);
            let at = usize::try_from(index - buckets.offset).expect("in reach");
            prop_assert!(buckets.counts[at] > 0);
            let (upper, width) = (upper_log2(&buckets, index), 2f64.powi(-buckets.scale()));
            let log2 = value.log2();
            let rounding = 1e-12 * log2.abs().max(1.0);
            prop_assert!(log2 <= upper + rounding && log2 > upper - width - rounding);
        }
    }

    #[test]
    fn a_merge_is_the_same_in_any_order(a in values(), b in values(), c in values()) {
        let all: Vec<f64> = [&a[..], &b, &c].concat();
        let (a, b, c) = (of(&a), of(&b), of(&c));
        let left = merged([&merged([&a, &b]), &c]);
        let right = merged([&a, &merged([&b, &c])]);
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &merged([&c, &b, &a]));
        prop_assert_eq!(&left, &of(&all));
    }

    #[test]
    fn a_lower_scale_keeps_each_count(values in values(), by in 0i32..6) {
        let mut buckets = of(&values);
        let Ok(scale) = Scale::new(buckets.scale() - by) else { return Ok(()) };
        buckets.downscale_to(scale);
        prop_assert_eq!(buckets.scale(), scale.scale());
        let mut coarse = Buckets { scale, ..Buckets::default() };
        for value in &values {
            coarse.add(*value, 1);
        }
        prop_assert_eq!(buckets, coarse);
    }

    #[test]
    fn a_quantile_is_off_by_no_more_than_its_scale_says(
        mut values in prop::collection::vec(0.000_1f64..100.0, 1..200),
        share in 0.0f64..1.0,
    ) {
        let buckets = of(&values);
        values.sort_unstable_by(f64::total_cmp);
        let rank = (share * values.len() as f64) as usize;
        let (exact, seen) = (values[rank], quantile(&buckets, rank as u64));
        let base = upper_log2(&buckets, 0).exp2();
        let bound = (base - 1.0) / (base + 1.0);
        prop_assert!((seen - exact).abs() <= exact * bound * (1.0 + 1e-9), "{seen} {exact} {bound}");
        // A factor of a million is 20 octaves: never coarser than scale 3.
        prop_assert!(bound < 0.044);
    }

    #[test]
    fn deltas_merge_into_the_whole(
        steps in prop::collection::vec((value(), 1u32..9, prop::bool::ANY), 1..80),
    ) {
        let mut exponential = Exponential::default();
        let mut deltas = Vec::new();
        for (value, weight, is_exported) in steps {
            exponential.add(value, f64::from(weight));
            if is_exported {
                deltas.push(exponential.delta());
            }
        }
        deltas.push(exponential.delta());
        prop_assert_eq!(merged(&deltas), exponential.cumulative());
        prop_assert_eq!(exponential.delta().count(), 0);
    }

    #[test]
    fn weights_of_no_whole_number_are_lost_nowhere(
        steps in prop::collection::vec((value(), 0.1f64..40.0, prop::bool::ANY), 1..80),
    ) {
        let mut exponential = Exponential::default();
        let (mut weights, mut counts) = (0.0, 0);
        for (value, weight, is_exported) in steps {
            exponential.add(value, weight);
            weights += weight;
            if is_exported {
                counts += exponential.delta().count();
            }
        }
        counts += exponential.delta().count();
        // Half of one for each bucket that ever was.
        prop_assert!((counts as f64 - weights).abs() <= 0.5 * 80.0, "{counts} {weights}");
    }
}
