//! Cuts values that a backend would refuse, and leaves attributes out of which there are too
//! many.
//!
//! A value that is cut is named in the attribute `throughline.truncated` beside it; attributes
//! that are left out are in `dropped_attributes_count`.
//!
//! A data point is told from those of other streams by its attributes alone: two whose values began
//! alike and were cut would be one, and the backend would add their numbers or keep the later of them,
//! which nobody could see. So where attributes tell one from another, in data points, resources and
//! scopes, a value that is cut ends in `~` and a hash of the whole: those that differ go on to
//! differ, and equal ones stay equal, from each edge and after each restart. For the same reason data
//! points get no mark, and none of their attributes is left out: that would make streams equal, or
//! other ones. To refuse such points would lose numbers for a long text; to leave the one attribute
//! out would merge streams just as well.

mod holder;
mod value;

use super::event_name::EventName;
use bytes::Bytes;
use holder::{Holder, LOG_RECORD, RESOURCE, SCOPE, SPAN, of_point};
use std::borrow::Cow;
use throughline_otlp::protobuf::{Field, Value, Writer};
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, edit_fields, rewrite_inspected,
};
use throughline_otlp::{Signal, attribute};
use throughline_semconv as semconv;
use value::{Cut, nested};

/// The limits of one backend. `usize::MAX` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueLimits {
    /// Bytes of a text, or of bytes, in the value of an attribute.
    pub(super) attribute_bytes: usize,
    /// The same in the body of a log record.
    pub(super) body_bytes: usize,
    /// Attributes of a resource, a scope, a span, an event, a link or a log record; data points keep
    /// all.
    pub(super) attributes: usize,
}

impl ValueLimits {
    /// Cuts what is over the limits in an inspected request. Returns the request, and how many
    /// values were cut or left out. Names of events are attributes first, where the backend
    /// `drops_event_name`.
    pub(super) fn cut(
        self,
        signal: Signal,
        request: Bytes,
        drops_event_name: bool,
    ) -> (Bytes, u64) {
        let names_events = drops_event_name && signal == Signal::Logs;
        if self == Self::NONE && !names_events {
            return (request, 0);
        }
        let mut stage = Truncate {
            limits: self,
            signal,
            count: 0,
        };
        let rewritten = match names_events {
            true => rewrite_inspected(signal, &request, &mut [&mut EventName, &mut stage]),
            false => rewrite_inspected(signal, &request, &mut [&mut stage]),
        };
        match rewritten.map(|rewritten| rewritten.request) {
            Ok(Cow::Owned(changed)) => (changed.into(), stage.count),
            _ => (request, 0),
        }
    }

    pub(super) const NONE: Self = Self {
        attribute_bytes: usize::MAX,
        body_bytes: usize::MAX,
        attributes: usize::MAX,
    };
}

struct Truncate {
    limits: ValueLimits,
    signal: Signal,
    count: u64,
}

impl Stage for Truncate {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RESOURCE
            .and(Interest::SCOPE)
            .and(Interest::RECORD)
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.cut(resource, &RESOURCE);
    }

    fn scope(&mut self, scope: &mut Message<'_>) {
        self.cut(scope, &SCOPE);
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        let holder = match self.signal {
            Signal::Traces => &SPAN,
            Signal::Logs => &LOG_RECORD,
            // What is short needs no look at its metric.
            Signal::Metrics if record.bytes().len() <= self.limits.attribute_bytes => {
                return Keep::Yes;
            }
            Signal::Metrics => match of_point(envelope.metric) {
                Some(point) => point,
                None => return Keep::Yes,
            },
        };
        self.cut(record, holder);
        Keep::Yes
    }
}

/// The values that are over the limits, and the attributes, in one holder.
#[derive(Default)]
struct Found {
    /// The keys of values that were cut.
    cut: Vec<String>,
    attributes: usize,
    left_out: u64,
    /// Attributes that the sender left out before.
    left_out_before: u64,
}

impl Truncate {
    fn cut(&mut self, message: &mut Message<'_>, of: &Holder) {
        let least = self.limits.attribute_bytes.min(self.limits.body_bytes);
        if message.bytes().len() <= least && !self.leaves_out(of) {
            return;
        }
        let mut found = Found::default();
        message.edit(|field, writer| self.field(field, writer, of, &mut found));
        if found.is_over() {
            message.append(|writer| self.finish(writer, of, &found));
        }
    }

    /// Whether attributes of a holder may be too many.
    const fn leaves_out(&self, of: &Holder) -> bool {
        self.limits.attributes != usize::MAX && of.has_count()
    }

    /// Edits a holder in another one; whether it has changed.
    fn cut_inner(&mut self, message: &[u8], writer: &mut Writer, of: &Holder) -> bool {
        if message.len() <= self.limits.attribute_bytes && !self.leaves_out(of) {
            return false;
        }
        let mut found = Found::default();
        let is_changed = edit_fields(message, writer, |field, writer| {
            self.field(field, writer, of, &mut found)
        });
        if found.is_over() {
            self.finish(writer, of, &found);
        }
        is_changed
    }

    fn field(
        &mut self,
        field: Field<'_>,
        writer: &mut Writer,
        of: &Holder,
        found: &mut Found,
    ) -> Edit {
        let inner = of.inner.iter().find(|(number, _)| *number == field.number);
        match field.value {
            Value::Bytes(_) if field.number == of.attributes => {
                if found.attributes >= self.limits.attributes && of.has_count() {
                    found.left_out += 1;
                    return Edit::Remove;
                }
                found.attributes += 1;
                let cut = Cut {
                    limit: self.limits.attribute_bytes,
                    keeps_hash: of.is_told_by_attributes,
                };
                let edit = nested(field, writer, |bytes, writer| cut.attribute(bytes, writer));
                if edit == Edit::Replace {
                    let key =
                        attribute::Attribute::read(field.value.as_bytes().unwrap_or_default());
                    found.cut.push(key.key.to_owned());
                }
                edit
            }
            Value::Bytes(_) if Some(field.number) == of.body => {
                let cut = Cut {
                    limit: self.limits.body_bytes,
                    keeps_hash: false,
                };
                let edit = nested(field, writer, |bytes, writer| cut.value(bytes, writer));
                if edit == Edit::Replace {
                    found.cut.push(String::from("body"));
                }
                edit
            }
            Value::Varint(count) if field.number == of.dropped_attributes_count => {
                found.left_out_before = count;
                Edit::Keep
            }
            Value::Bytes(_) => match inner {
                Some((_, inner)) => nested(field, writer, |bytes, writer| {
                    self.cut_inner(bytes, writer, inner)
                }),
                None => Edit::Keep,
            },
            _ => Edit::Keep,
        }
    }

    /// Counts and marks what was cut. A field that is there twice has its last value.
    fn finish(&mut self, writer: &mut Writer, of: &Holder, found: &Found) {
        self.count += found.cut.len() as u64 + found.left_out;
        if found.left_out > 0 {
            let all = found.left_out_before.saturating_add(found.left_out);
            writer.varint(of.dropped_attributes_count, all.min(u32::MAX.into()));
        }
        let has_room = found.attributes < self.limits.attributes;
        if of.is_marked && has_room && !found.cut.is_empty() {
            let keys = found.cut.iter().map(String::as_str);
            attribute::strings(writer, of.attributes, semconv::THROUGHLINE_TRUNCATED, keys);
        }
    }
}

impl Found {
    fn is_over(&self) -> bool {
        !self.cut.is_empty() || self.left_out > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use throughline_otlp::attribute::{AttributeValue, attributes};
    use throughline_otlp::field::{
        any_value, exemplar, exponential_histogram_data_point, histogram_data_point, log_record,
        metric, number_data_point, points, summary_data_point,
    };
    use throughline_otlp::inspect;

    /// A log record with these attributes and this body, as a request.
    fn request(texts: &[String], body: &str) -> Bytes {
        let mut writer = Writer::new();
        let group = writer.open(1);
        let scope = writer.open(2);
        let record = writer.open(2);
        for (index, text) in texts.iter().enumerate() {
            let key = format!("key.{index}");
            attribute::string(&mut writer, log_record::ATTRIBUTES, &key, text);
        }
        let open = writer.open(log_record::BODY);
        writer.string(any_value::STRING, body);
        writer.close(open);
        writer.close(record);
        writer.close(scope);
        writer.close(group);
        writer.into_bytes().into()
    }

    proptest! {
        #[test]
        fn what_is_left_is_within_the_limits_and_sound(
            texts in prop::collection::vec(".{0,60}", 0..8),
            body in ".{0,80}",
            // The keys fit, which are in the mark.
            attribute_bytes in 8usize..90,
            body_bytes in 1usize..90,
            most in 1usize..9,
        ) {
            let limits = ValueLimits { attribute_bytes, body_bytes, attributes: most };
            let sent = request(&texts, &body);
            let (left, count) = limits.cut(Signal::Logs, sent.clone(), false);
            let long = texts.iter().take(most).filter(|text| text.len() > attribute_bytes).count();
            let expected = long
                + usize::from(body.len() > body_bytes)
                + texts.len().saturating_sub(most);
            prop_assert_eq!(count, expected as u64);
            prop_assert_eq!(count == 0, left == sent);
            let inspected = inspect(Signal::Logs, &left).expect("sound");
            prop_assert_eq!((inspected.records, inspected.unusable), (1, 0));
            // Once is enough.
            prop_assert_eq!(limits.cut(Signal::Logs, left.clone(), false), (left.clone(), 0));
            let mut record = &left[..];
            for number in [1, 2, 2] {
                let mut fields = throughline_otlp::protobuf::fields(record).map_while(Result::ok);
                let field = fields.find(|field| field.number == number).expect("a group");
                record = field.value.as_bytes().expect("a message");
            }
            let found: Vec<_> = attributes(record, log_record::ATTRIBUTES).collect();
            prop_assert!(found.len() <= most);
            for (attribute, text) in found.iter().zip(&texts) {
                let AttributeValue::String(value) = attribute.value() else {
                    return Err(TestCaseError::fail("a text"));
                };
                // As long as the limit and the borders of characters allow.
                let end = text.floor_char_boundary(attribute_bytes);
                prop_assert_eq!(value, &text[..end]);
            }
        }
    }

    /// A metric whose points have these texts, in attributes and exemplars, as a request.
    fn metrics(kind: u32, point: &PointFields, texts: &[String]) -> Bytes {
        let mut writer = Writer::new();
        let group = writer.open(1);
        let scope = writer.open(2);
        let record = writer.open(2);
        writer.string(metric::NAME, "orders");
        let data = writer.open(kind);
        for text in texts {
            let open = writer.open(points::DATA_POINTS);
            attribute::string(&mut writer, point.attributes, "key", text);
            if let Some(exemplars) = point.exemplars {
                let open = writer.open(exemplars);
                attribute::string(&mut writer, exemplar::FILTERED_ATTRIBUTES, "key", text);
                writer.close(open);
            }
            writer.close(open);
        }
        for open in [data, record, scope, group] {
            writer.close(open);
        }
        writer.into_bytes().into()
    }

    struct PointFields {
        attributes: u32,
        exemplars: Option<u32>,
    }

    /// The values of the field at the end of a path of fields.
    fn at<'a>(message: &'a [u8], path: &[u32]) -> Vec<&'a [u8]> {
        let Some((number, rest)) = path.split_first() else {
            return vec![message];
        };
        let fields = throughline_otlp::protobuf::fields(message).map_while(Result::ok);
        let found = fields.filter(|field| field.number == *number);
        found
            .filter_map(|field| field.value.as_bytes())
            .flat_map(|inner| at(inner, rest))
            .collect()
    }

    proptest! {
        #[test]
        fn points_of_different_streams_stay_apart_and_those_of_one_together(
            begin in ".{10,60}",
            ends in prop::collection::vec("[ab]{0,6}", 1..12),
            limit in 32usize..64,
        ) {
            let texts: Vec<String> = ends.iter().map(|end| format!("{begin}{end}")).collect();
            let limits = ValueLimits { attribute_bytes: limit, body_bytes: 1, attributes: 1 };
            let points_of = |attributes, exemplars| PointFields { attributes, exemplars };
            for (kind, point) in [
                (metric::GAUGE, points_of(number_data_point::ATTRIBUTES, Some(number_data_point::EXEMPLARS))),
                (metric::SUM, points_of(number_data_point::ATTRIBUTES, Some(number_data_point::EXEMPLARS))),
                (metric::HISTOGRAM, points_of(histogram_data_point::ATTRIBUTES, Some(histogram_data_point::EXEMPLARS))),
                (
                    metric::EXPONENTIAL_HISTOGRAM,
                    points_of(exponential_histogram_data_point::ATTRIBUTES, Some(exponential_histogram_data_point::EXEMPLARS)),
                ),
                (metric::SUMMARY, points_of(summary_data_point::ATTRIBUTES, None)),
            ] {
                let sent = metrics(kind, &point, &texts);
                let (left, count) = limits.cut(Signal::Metrics, sent.clone(), false);
                let long = texts.iter().filter(|text| text.len() > limit).count();
                let places = if point.exemplars.is_some() { 2 } else { 1 };
                prop_assert_eq!(count, (places * long) as u64);
                prop_assert_eq!(limits.cut(Signal::Metrics, left.clone(), false), (left.clone(), 0));
                let path = [1, 2, 2, kind, points::DATA_POINTS];
                let kept: Vec<String> = at(&left, &path)
                    .into_iter()
                    .map(|of| match attributes(of, point.attributes).next().expect("one").value() {
                        AttributeValue::String(text) => text.to_owned(),
                        _ => String::new(),
                    })
                    .collect();
                prop_assert_eq!(kept.len(), texts.len());
                for (kept_one, one) in kept.iter().zip(&texts) {
                    prop_assert!(kept_one.len() <= limit && (one.len() > limit || kept_one == one));
                    for (kept_other, other) in kept.iter().zip(&texts) {
                        prop_assert_eq!(kept_one == kept_other, one == other);
                    }
                }
                let in_exemplars = point.exemplars.map(|of| at(&left, &[&path[..], &[of]].concat()));
                for (exemplar_of, text) in in_exemplars.unwrap_or_default().into_iter().zip(&texts) {
                    let one = attributes(exemplar_of, exemplar::FILTERED_ATTRIBUTES).next().expect("one");
                    let AttributeValue::String(value) = one.value() else {
                        return Err(TestCaseError::fail("a text"));
                    };
                    prop_assert_eq!(value, &text[..text.floor_char_boundary(limit)]);
                }
            }
        }
    }
}
