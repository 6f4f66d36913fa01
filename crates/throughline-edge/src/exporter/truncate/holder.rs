//! The messages of OTLP that have attributes: which fields these are, and what becomes of them.

use throughline_otlp::field::{
    exemplar, exponential_histogram_data_point as exponential_point,
    histogram_data_point as histogram_point, log_record, metric, number_data_point as number_point,
    resource, scope, span, span_event, span_link, summary_data_point as summary_point,
};
use throughline_otlp::protobuf::fields;

/// A message that has attributes: the numbers of its fields.
pub(super) struct Holder {
    pub(super) attributes: u32,
    /// [`NO_FIELD`] where there is no place for the number: then all attributes stay.
    pub(super) dropped_attributes_count: u32,
    /// A value that is no attribute.
    pub(super) body: Option<u32>,
    /// Messages in it that have attributes too.
    pub(super) inner: &'static [(u32, &'static Holder)],
    /// Whether it gets an attribute more that names what was cut.
    pub(super) is_marked: bool,
    /// Whether its attributes tell it from others: a value that is cut keeps a hash of the whole.
    pub(super) is_told_by_attributes: bool,
}

impl Holder {
    /// Whether attributes beyond a number are left out.
    pub(super) const fn has_count(&self) -> bool {
        self.dropped_attributes_count != NO_FIELD
    }
}

/// The number of no field: <https://protobuf.dev/programming-guides/proto3/#assigning>.
const NO_FIELD: u32 = 0;

pub(super) static RESOURCE: Holder = Holder {
    attributes: resource::ATTRIBUTES,
    dropped_attributes_count: resource::DROPPED_ATTRIBUTES_COUNT,
    body: None,
    inner: &[],
    is_marked: false,
    is_told_by_attributes: true,
};
pub(super) static SCOPE: Holder = Holder {
    attributes: scope::ATTRIBUTES,
    dropped_attributes_count: scope::DROPPED_ATTRIBUTES_COUNT,
    ..RESOURCE
};
static EVENT: Holder = Holder {
    attributes: span_event::ATTRIBUTES,
    dropped_attributes_count: span_event::DROPPED_ATTRIBUTES_COUNT,
    is_marked: true,
    is_told_by_attributes: false,
    ..RESOURCE
};
static LINK: Holder = Holder {
    attributes: span_link::ATTRIBUTES,
    dropped_attributes_count: span_link::DROPPED_ATTRIBUTES_COUNT,
    ..EVENT
};
pub(super) static SPAN: Holder = Holder {
    attributes: span::ATTRIBUTES,
    dropped_attributes_count: span::DROPPED_ATTRIBUTES_COUNT,
    inner: &[(span::EVENTS, &EVENT), (span::LINKS, &LINK)],
    ..EVENT
};
pub(super) static LOG_RECORD: Holder = Holder {
    attributes: log_record::ATTRIBUTES,
    dropped_attributes_count: log_record::DROPPED_ATTRIBUTES_COUNT,
    body: Some(log_record::BODY),
    ..EVENT
};
/// Two exemplars with the same attributes are two all the same: value, time and trace are theirs.
static EXEMPLAR: Holder = Holder {
    attributes: exemplar::FILTERED_ATTRIBUTES,
    dropped_attributes_count: NO_FIELD,
    is_told_by_attributes: false,
    ..RESOURCE
};
/// With an attribute more or less it would be a point of another stream, so none is left out and
/// none names what was cut.
static NUMBER_POINT: Holder = Holder {
    attributes: number_point::ATTRIBUTES,
    dropped_attributes_count: NO_FIELD,
    inner: &[(number_point::EXEMPLARS, &EXEMPLAR)],
    ..RESOURCE
};
static HISTOGRAM_POINT: Holder = Holder {
    attributes: histogram_point::ATTRIBUTES,
    inner: &[(histogram_point::EXEMPLARS, &EXEMPLAR)],
    ..NUMBER_POINT
};
static EXPONENTIAL_POINT: Holder = Holder {
    attributes: exponential_point::ATTRIBUTES,
    inner: &[(exponential_point::EXEMPLARS, &EXEMPLAR)],
    ..NUMBER_POINT
};
static SUMMARY_POINT: Holder = Holder {
    attributes: summary_point::ATTRIBUTES,
    inner: &[],
    ..NUMBER_POINT
};

/// The holder that a data point of an encoded metric is; `None` for one of a kind that is not known.
pub(super) fn of_point(metric: &[u8]) -> Option<&'static Holder> {
    let mut fields = fields(metric).map_while(Result::ok);
    fields.find_map(|field| match field.number {
        metric::GAUGE | metric::SUM => Some(&NUMBER_POINT),
        metric::HISTOGRAM => Some(&HISTOGRAM_POINT),
        metric::EXPONENTIAL_HISTOGRAM => Some(&EXPONENTIAL_POINT),
        metric::SUMMARY => Some(&SUMMARY_POINT),
        _ => None,
    })
}
