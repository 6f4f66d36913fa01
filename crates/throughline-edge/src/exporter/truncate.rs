//! Cuts values that a backend would refuse, and leaves attributes out of which there are too
//! many.
//!
//! A value that is cut is named in the attribute `throughline.truncated` beside it; attributes
//! that are left out are in `dropped_attributes_count`. Data points stay as they are: with
//! another attribute each would be one of another series.

use bytes::Bytes;
use throughline_otlp::field::{
    any_value, key_value, log_record, resource, scope, span, span_event, span_link, values,
};
use throughline_otlp::protobuf::{Field, Value, Writer};
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, edit_fields, rewrite_inspected,
};
use throughline_otlp::{Signal, attribute};
use throughline_semconv as semconv;

/// The limits of one backend. `usize::MAX` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueLimits {
    /// Bytes of a text, or of bytes, in the value of an attribute.
    pub(super) attribute_bytes: usize,
    /// The same in the body of a log record.
    pub(super) body_bytes: usize,
    /// Attributes of a resource, a scope, a span, an event, a link or a log record.
    pub(super) attributes: usize,
}

impl ValueLimits {
    /// Cuts what is over the limits in an inspected request. Returns the request, and how many
    /// values were cut or left out.
    pub(super) fn cut(self, signal: Signal, request: Bytes) -> (Bytes, u64) {
        if self == Self::NONE {
            return (request, 0);
        }
        let mut stage = Truncate {
            limits: self,
            signal,
            count: 0,
        };
        match rewrite_inspected(signal, &request, &mut [&mut stage]) {
            Ok(rewritten) if stage.count > 0 => {
                (rewritten.request.into_owned().into(), stage.count)
            }
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
    fn interest(&self, signal: Signal) -> Interest {
        let envelope = Interest::RESOURCE.and(Interest::SCOPE);
        match signal {
            Signal::Traces | Signal::Logs => envelope.and(Interest::RECORD),
            Signal::Metrics => envelope,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.cut(resource, &RESOURCE);
    }

    fn scope(&mut self, scope: &mut Message<'_>) {
        self.cut(scope, &SCOPE);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let holder = match self.signal {
            Signal::Traces => &SPAN,
            _ => &LOG_RECORD,
        };
        self.cut(record, holder);
        Keep::Yes
    }
}

/// A message that has attributes: the numbers of its fields.
struct Holder {
    attributes: u32,
    dropped_attributes_count: u32,
    /// A value that is no attribute.
    body: Option<u32>,
    /// Messages in it that have attributes too.
    inner: &'static [(u32, &'static Holder)],
    /// Whether it gets an attribute more that names what was cut. A resource and a scope get
    /// none: they would be others.
    is_marked: bool,
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
        if message.bytes().len() <= least && self.limits.attributes == usize::MAX {
            return;
        }
        let mut found = Found::default();
        message.edit(|field, writer| self.field(field, writer, of, &mut found));
        if found.is_over() {
            message.append(|writer| self.finish(writer, of, &found));
        }
    }

    /// Edits a holder in another one; whether it has changed.
    fn cut_inner(&mut self, message: &[u8], writer: &mut Writer, of: &Holder) -> bool {
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
                if found.attributes >= self.limits.attributes {
                    found.left_out += 1;
                    return Edit::Remove;
                }
                found.attributes += 1;
                let limit = self.limits.attribute_bytes;
                let cut = |bytes: &[u8], writer: &mut Writer| cut_attribute(bytes, writer, limit);
                let edit = nested(field, writer, cut);
                if edit == Edit::Replace {
                    let key =
                        attribute::Attribute::read(field.value.as_bytes().unwrap_or_default());
                    found.cut.push(key.key.to_owned());
                }
                edit
            }
            Value::Bytes(_) if Some(field.number) == of.body => {
                let limit = self.limits.body_bytes;
                let edit = nested(field, writer, |bytes, writer| {
                    cut_value(bytes, writer, limit)
                });
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

/// Cuts the value of an encoded attribute; whether it was too long.
fn cut_attribute(key_value: &[u8], writer: &mut Writer, limit: usize) -> bool {
    // What is shorter as a whole has no value that is too long.
    key_value.len() > limit
        && edit_fields(key_value, writer, |field, writer| match field.number {
            key_value::VALUE => nested(field, writer, |bytes, writer| {
                cut_value(bytes, writer, limit)
            }),
            _ => Edit::Keep,
        })
}

/// Cuts each text in an encoded value, at a border of its characters, and each of its bytes.
fn cut_value(any_value: &[u8], writer: &mut Writer, limit: usize) -> bool {
    any_value.len() > limit
        && edit_fields(any_value, writer, |field, writer| {
            let Value::Bytes(bytes) = field.value else {
                return Edit::Keep;
            };
            match field.number {
                any_value::STRING | any_value::BYTES if bytes.len() > limit => {
                    let mut end = limit;
                    while field.number == any_value::STRING && is_inside_character(bytes, end) {
                        end -= 1;
                    }
                    writer.bytes_present(field.number, bytes.get(..end).unwrap_or_default());
                    Edit::Replace
                }
                any_value::ARRAY => nested(field, writer, |list, writer| {
                    edit_fields(list, writer, |item, writer| match item.number {
                        values::VALUES => nested(item, writer, |bytes, writer| {
                            cut_value(bytes, writer, limit)
                        }),
                        _ => Edit::Keep,
                    })
                }),
                any_value::KVLIST => nested(field, writer, |map, writer| {
                    edit_fields(map, writer, |entry, writer| match entry.number {
                        values::VALUES => nested(entry, writer, |bytes, writer| {
                            cut_attribute(bytes, writer, limit)
                        }),
                        _ => Edit::Keep,
                    })
                }),
                _ => Edit::Keep,
            }
        })
}

/// Whether a character of UTF-8 goes on at this place.
fn is_inside_character(text: &[u8], at: usize) -> bool {
    at > 0 && text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// Edits the message in a field; `edit` appends it and tells whether it has changed.
fn nested(
    field: Field<'_>,
    writer: &mut Writer,
    edit: impl FnOnce(&[u8], &mut Writer) -> bool,
) -> Edit {
    let Value::Bytes(bytes) = field.value else {
        return Edit::Keep;
    };
    let open = writer.open(field.number);
    let is_changed = edit(bytes, writer);
    writer.close(open);
    match is_changed {
        true => Edit::Replace,
        false => Edit::Keep,
    }
}

static RESOURCE: Holder = Holder {
    attributes: resource::ATTRIBUTES,
    dropped_attributes_count: resource::DROPPED_ATTRIBUTES_COUNT,
    body: None,
    inner: &[],
    is_marked: false,
};
static SCOPE: Holder = Holder {
    attributes: scope::ATTRIBUTES,
    dropped_attributes_count: scope::DROPPED_ATTRIBUTES_COUNT,
    ..RESOURCE
};
static EVENT: Holder = Holder {
    attributes: span_event::ATTRIBUTES,
    dropped_attributes_count: span_event::DROPPED_ATTRIBUTES_COUNT,
    is_marked: true,
    ..RESOURCE
};
static LINK: Holder = Holder {
    attributes: span_link::ATTRIBUTES,
    dropped_attributes_count: span_link::DROPPED_ATTRIBUTES_COUNT,
    ..EVENT
};
static SPAN: Holder = Holder {
    attributes: span::ATTRIBUTES,
    dropped_attributes_count: span::DROPPED_ATTRIBUTES_COUNT,
    inner: &[(span::EVENTS, &EVENT), (span::LINKS, &LINK)],
    ..EVENT
};
static LOG_RECORD: Holder = Holder {
    attributes: log_record::ATTRIBUTES,
    dropped_attributes_count: log_record::DROPPED_ATTRIBUTES_COUNT,
    body: Some(log_record::BODY),
    ..EVENT
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use throughline_otlp::attribute::{AttributeValue, attributes};
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
            let (left, count) = limits.cut(Signal::Logs, sent.clone());
            let long = texts.iter().take(most).filter(|text| text.len() > attribute_bytes).count();
            let expected = long
                + usize::from(body.len() > body_bytes)
                + texts.len().saturating_sub(most);
            prop_assert_eq!(count, expected as u64);
            prop_assert_eq!(count == 0, left == sent);
            let inspected = inspect(Signal::Logs, &left).expect("sound");
            prop_assert_eq!((inspected.records, inspected.unusable), (1, 0));
            // Once is enough.
            prop_assert_eq!(limits.cut(Signal::Logs, left.clone()), (left.clone(), 0));
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
}
