//! Decodes metrics: what the series of one have in common, and its data points.

use std::borrow::Cow;
use throughline_otlp::field::{
    exponential_histogram_data_point as exponential, histogram_data_point as histogram, metric,
    number_data_point as number, points, summary_data_point as summary, temporality,
};
use throughline_otlp::protobuf::{Value, fields};

/// A metric with its data points.
#[derive(Debug)]
pub(crate) struct Metric<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: MetricKind,
    /// The fields of the metric without its data.
    pub(crate) header: Vec<u8>,
    /// The fields of its data without the points: temporality, and whether it is monotonic.
    pub(crate) shape: Vec<u8>,
    pub(crate) points: Vec<SentPoint<'a>>,
}

/// A data point as it was sent, in the parts in which it is stored.
#[derive(Debug)]
pub(crate) struct SentPoint<'a> {
    /// All of it.
    pub(crate) message: &'a [u8],
    /// The fields of its attributes, sorted: their order says nothing.
    pub(crate) attributes: Vec<u8>,
    /// Its other fields.
    pub(crate) rest: Vec<u8>,
    /// 0 where it has none.
    pub(crate) time_unix_nano: u64,
}

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MetricKind {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

/// How a value relates to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Temporality {
    /// The value is added to the one before.
    Delta,
    /// The value replaces the one before.
    Cumulative,
}

/// The properties that a stored metric has for all its series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MetricHead {
    pub(crate) kind: MetricKind,
    pub(crate) unit: String,
    pub(crate) description: String,
    pub(crate) temporality: Temporality,
    pub(crate) is_monotonic: bool,
}

impl<'a> Metric<'a> {
    /// Decodes a `Metric`; `None` for one without data, or of a kind that is not known.
    pub(crate) fn decode(message: &'a [u8]) -> Option<Self> {
        let mut name = Cow::Borrowed("");
        let mut header = Vec::new();
        let mut found = None;
        for field in fields(message).map_while(Result::ok) {
            match (MetricKind::of_field(field.number), field.value) {
                (Some(kind), Value::Bytes(data)) => {
                    found = Some((kind, data));
                    continue;
                }
                (None, Value::Bytes(bytes)) if field.number == metric::NAME => {
                    name = String::from_utf8_lossy(bytes);
                }
                _ => {}
            }
            header.extend_from_slice(field.raw);
        }
        let (kind, data) = found?;
        let (mut shape, mut points) = (Vec::new(), Vec::new());
        for field in fields(data).map_while(Result::ok) {
            match (field.number, field.value) {
                (points::DATA_POINTS, Value::Bytes(point)) => {
                    points.push(SentPoint::read(kind, point));
                }
                _ => shape.extend_from_slice(field.raw),
            }
        }
        Some(Self {
            name,
            kind,
            header,
            shape,
            points,
        })
    }

    pub(crate) fn temporality(&self) -> Temporality {
        temporality_of(&self.shape)
    }
}

impl<'a> SentPoint<'a> {
    fn read(kind: MetricKind, message: &'a [u8]) -> Self {
        let (mut attributes, mut rest, mut time_unix_nano) = (Vec::new(), Vec::new(), 0);
        for field in fields(message).map_while(Result::ok) {
            if field.number == kind.attributes_field() {
                attributes.push(field.raw);
                continue;
            }
            if let (number::TIME_UNIX_NANO, Value::Fixed64(time)) = (field.number, field.value) {
                time_unix_nano = time;
            }
            rest.extend_from_slice(field.raw);
        }
        attributes.sort_unstable();
        Self {
            message,
            attributes: attributes.concat(),
            rest,
            time_unix_nano,
        }
    }
}

impl MetricKind {
    /// The kind whose data points are in this field of a `Metric`.
    pub(crate) fn of_field(number: u32) -> Option<Self> {
        Some(match number {
            metric::GAUGE => Self::Gauge,
            metric::SUM => Self::Sum,
            metric::HISTOGRAM => Self::Histogram,
            metric::EXPONENTIAL_HISTOGRAM => Self::ExponentialHistogram,
            metric::SUMMARY => Self::Summary,
            _ => return None,
        })
    }

    /// The field of a `Metric` that has its data points.
    pub(crate) const fn field(self) -> u32 {
        match self {
            Self::Gauge => metric::GAUGE,
            Self::Sum => metric::SUM,
            Self::Histogram => metric::HISTOGRAM,
            Self::ExponentialHistogram => metric::EXPONENTIAL_HISTOGRAM,
            Self::Summary => metric::SUMMARY,
        }
    }

    /// The field of its data points that has their attributes.
    pub(crate) const fn attributes_field(self) -> u32 {
        match self {
            Self::Gauge | Self::Sum => number::ATTRIBUTES,
            Self::Histogram => histogram::ATTRIBUTES,
            Self::ExponentialHistogram => exponential::ATTRIBUTES,
            Self::Summary => summary::ATTRIBUTES,
        }
    }

    /// The name in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential histogram",
            Self::Summary => "summary",
        }
    }

    /// Whether its points have a temporality, and not one by definition.
    pub(crate) const fn has_temporality(self) -> bool {
        matches!(
            self,
            Self::Sum | Self::Histogram | Self::ExponentialHistogram
        )
    }
}

impl MetricHead {
    /// Reads what [`Metric`] has as `header` and `shape`.
    pub(crate) fn read(kind: MetricKind, header: &[u8], shape: &[u8]) -> Self {
        let text = |number| {
            let found = fields(header).map_while(Result::ok);
            let found = found.filter(|field| field.number == number).last();
            let bytes = found.and_then(|field| field.value.as_bytes());
            String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
        };
        Self {
            kind,
            unit: text(metric::UNIT),
            description: text(metric::DESCRIPTION),
            // The count and the sum of a summary are those since its start.
            temporality: temporality_of(shape),
            is_monotonic: fields(shape).map_while(Result::ok).any(|field| {
                field.number == points::IS_MONOTONIC
                    && field.value.as_u64().is_some_and(|value| value != 0)
            }),
        }
    }
}

fn temporality_of(shape: &[u8]) -> Temporality {
    let delta = (
        points::AGGREGATION_TEMPORALITY,
        Value::Varint(temporality::DELTA),
    );
    let is_delta = fields(shape)
        .map_while(Result::ok)
        .any(|field| (field.number, field.value) == delta);
    if is_delta {
        Temporality::Delta
    } else {
        Temporality::Cumulative
    }
}
