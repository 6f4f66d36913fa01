//! Cuts off what is beyond the limits.

use super::limits::{Limit, Limits};
use super::names::{key_of, pairs};
use throughline_otlp::field::{
    any_value, key_value, log_record, resource, scope, span, span_event, span_link, status, values,
};
use throughline_otlp::protobuf::{Field, Value, Writer};
use throughline_otlp::rewrite::{Edit, edit_fields, edit_within};

/// The limits, and counts of the parts of one request that were cut off.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    pub(super) limits: &'a Limits,
    pub(super) counts: [u64; Limit::ALL.len()],
}

/// A message with attributes: the numbers of its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    attributes: u32,
    dropped_attributes: u32,
}

pub(super) const RESOURCE: Holder = Holder {
    attributes: resource::ATTRIBUTES,
    dropped_attributes: resource::DROPPED_ATTRIBUTES_COUNT,
};
pub(super) const SCOPE: Holder = Holder {
    attributes: scope::ATTRIBUTES,
    dropped_attributes: scope::DROPPED_ATTRIBUTES_COUNT,
};
pub(super) const SPAN: Holder = Holder {
    attributes: span::ATTRIBUTES,
    dropped_attributes: span::DROPPED_ATTRIBUTES_COUNT,
};
pub(super) const LOG_RECORD: Holder = Holder {
    attributes: log_record::ATTRIBUTES,
    dropped_attributes: log_record::DROPPED_ATTRIBUTES_COUNT,
};
const EVENT: Holder = Holder {
    attributes: span_event::ATTRIBUTES,
    dropped_attributes: span_event::DROPPED_ATTRIBUTES_COUNT,
};
const LINK: Holder = Holder {
    attributes: span_link::ATTRIBUTES,
    dropped_attributes: span_link::DROPPED_ATTRIBUTES_COUNT,
};

/// Repeated fields of a message of which some may be left out, and the field that counts those.
#[derive(Debug)]
struct Run {
    /// The number of the field that counts what was left out.
    count: u32,
    kept: usize,
    /// How many will be left out.
    dropped: u64,
    /// The count that the message has already.
    before: u64,
}

impl<'a> Cut<'a> {
    pub(super) const fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            counts: [0; Limit::ALL.len()],
        }
    }

    /// Writes a message without what is beyond the limits and returns `true`, or writes nothing
    /// and returns `false`. `other` decides about fields that are no attributes.
    pub(super) fn message(
        &mut self,
        message: &[u8],
        holder: Holder,
        writer: &mut Writer,
        mut other: impl FnMut(&mut Self, Field<'_>, &mut Writer) -> Edit,
    ) -> bool {
        let keys = pairs(message, holder.attributes).map(key_of);
        let (long, others): (Vec<_>, Vec<_>) =
            keys.partition(|key| key.len() > self.limits.key_bytes);
        let dropped = long.len() + others.len().saturating_sub(self.limits.attributes);
        let mut run = Run::new(holder.dropped_attributes, dropped);
        let is_changed = edit_fields(message, writer, |field, writer| {
            if field.number == holder.attributes {
                self.attribute(field, writer, &mut run)
            } else if field.number == run.count {
                run.see(field)
            } else {
                other(self, field, writer)
            }
        });
        run.write(writer);
        is_changed
    }

    /// The same for a span, whose events and links are counted too.
    pub(super) fn span(&mut self, message: &[u8], writer: &mut Writer) -> bool {
        let beyond = |number, most| pairs(message, number).count().saturating_sub(most);
        let mut events = Run::new(
            span::DROPPED_EVENTS_COUNT,
            beyond(span::EVENTS, self.limits.events),
        );
        let mut links = Run::new(
            span::DROPPED_LINKS_COUNT,
            beyond(span::LINKS, self.limits.links),
        );
        let is_changed = self.message(message, SPAN, writer, |cut, field, writer| {
            match field.number {
                span::NAME => cut.text(field, writer),
                span::STATUS => edit_within(field, writer, |field, writer| match field.number {
                    status::MESSAGE => cut.text(field, writer),
                    _ => Edit::Keep,
                }),
                span::EVENTS => {
                    let limit = (cut.limits.events, Limit::Events);
                    cut.counted(field, writer, &mut events, limit, EVENT)
                }
                span::LINKS => {
                    let limit = (cut.limits.links, Limit::Links);
                    cut.counted(field, writer, &mut links, limit, LINK)
                }
                span::DROPPED_EVENTS_COUNT => events.see(field),
                span::DROPPED_LINKS_COUNT => links.see(field),
                _ => Edit::Keep,
            }
        });
        events.write(writer);
        links.write(writer);
        is_changed
    }

    /// The same for a log record, with its body.
    pub(super) fn log_record(&mut self, message: &[u8], writer: &mut Writer) -> bool {
        self.message(
            message,
            LOG_RECORD,
            writer,
            |cut, field, writer| match field.number {
                log_record::BODY => cut.value(field, writer, 0),
                _ => Edit::Keep,
            },
        )
    }

    /// An event or a link of a span.
    fn counted(
        &mut self,
        field: Field<'_>,
        writer: &mut Writer,
        run: &mut Run,
        (most, limit): (usize, Limit),
        holder: Holder,
    ) -> Edit {
        if run.kept >= most {
            self.count(limit);
            return Edit::Remove;
        }
        run.kept += 1;
        let Some(message) = field.value.as_bytes() else {
            return Edit::Keep;
        };
        let open = writer.open(field.number);
        let is_changed = self.message(message, holder, writer, |cut, field, writer| {
            match field.number {
                span_event::NAME if limit == Limit::Events => cut.text(field, writer),
                _ => Edit::Keep,
            }
        });
        writer.close(open);
        if is_changed {
            Edit::Replace
        } else {
            Edit::Keep
        }
    }

    fn attribute(&mut self, field: Field<'_>, writer: &mut Writer, run: &mut Run) -> Edit {
        let Some(pair) = field.value.as_bytes() else {
            return Edit::Keep;
        };
        let limit = if run.kept >= self.limits.attributes {
            Limit::Attributes
        } else if key_of(pair).len() > self.limits.key_bytes {
            Limit::KeyBytes
        } else {
            run.kept += 1;
            return if self.limits.allow_pair(pair) {
                Edit::Keep
            } else {
                self.pair(field, writer, 0)
            };
        };
        self.count(limit);
        Edit::Remove
    }

    /// The value of an encoded attribute.
    fn pair(&mut self, field: Field<'_>, writer: &mut Writer, depth: usize) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            key_value::VALUE => self.value(field, writer, depth),
            _ => Edit::Keep,
        })
    }

    /// An `AnyValue` below `depth` lists and maps.
    fn value(&mut self, field: Field<'_>, writer: &mut Writer, depth: usize) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            any_value::STRING | any_value::BYTES => self.text(field, writer),
            any_value::ARRAY | any_value::KVLIST if depth >= self.limits.depth => {
                if field.value.as_bytes().is_none_or(<[u8]>::is_empty) {
                    return Edit::Keep;
                }
                self.count(Limit::Depth);
                writer.bytes_present(field.number, &[]);
                Edit::Replace
            }
            any_value::ARRAY => self.items(field, writer, |cut, field, writer| {
                cut.value(field, writer, depth + 1)
            }),
            any_value::KVLIST => self.items(field, writer, |cut, field, writer| {
                let key = field.value.as_bytes().map(key_of);
                if key.is_some_and(|key| key.len() > cut.limits.key_bytes) {
                    cut.count(Limit::KeyBytes);
                    return Edit::Remove;
                }
                cut.pair(field, writer, depth + 1)
            }),
            _ => Edit::Keep,
        })
    }

    /// The items of a list or a map.
    fn items(
        &mut self,
        field: Field<'_>,
        writer: &mut Writer,
        mut item: impl FnMut(&mut Self, Field<'_>, &mut Writer) -> Edit,
    ) -> Edit {
        let mut kept = 0;
        edit_within(field, writer, |field, writer| {
            if field.number != values::VALUES {
                return Edit::Keep;
            }
            if kept >= self.limits.items {
                self.count(Limit::Items);
                return Edit::Remove;
            }
            kept += 1;
            item(self, field, writer)
        })
    }

    /// A string, which is cut at a character; or bytes.
    fn text(&mut self, field: Field<'_>, writer: &mut Writer) -> Edit {
        match field.value {
            Value::Bytes(text) if text.len() > self.limits.value_bytes => {
                let most = self.limits.value_bytes;
                let end = match core::str::from_utf8(text) {
                    Ok(text) => text.floor_char_boundary(most),
                    Err(_) => most,
                };
                self.count(Limit::ValueBytes);
                writer.bytes_present(field.number, text.get(..end).unwrap_or_default());
                Edit::Replace
            }
            _ => Edit::Keep,
        }
    }

    fn count(&mut self, limit: Limit) {
        if let Some(count) = self.counts.get_mut(limit as usize) {
            *count += 1;
        }
    }
}

impl Run {
    const fn new(count: u32, dropped: usize) -> Self {
        Self {
            count,
            kept: 0,
            dropped: dropped as u64,
            before: 0,
        }
    }

    /// Takes the count of the message out, where another takes its place.
    fn see(&mut self, count: Field<'_>) -> Edit {
        if self.dropped == 0 {
            return Edit::Keep;
        }
        self.before = count.value.as_u64().unwrap_or(0);
        Edit::Remove
    }

    /// Writes the count of all that were left out, a number of 32 bits.
    fn write(&self, writer: &mut Writer) {
        if self.dropped > 0 {
            let count = self.before.saturating_add(self.dropped);
            writer.varint(self.count, count.min(u32::MAX.into()));
        }
    }
}
