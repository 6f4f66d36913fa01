//! The messages of OTLP and their fields, as tables.
//!
//! Inspection of requests ([`crate::inspect`]), reading JSON and writing JSON are all driven
//! by these tables and contain no message names of their own.
//!
//! Source: OTLP 1.11, <https://github.com/open-telemetry/opentelemetry-proto>.

mod logs;
mod metrics;
mod response;
mod shared;
mod traces;

use crate::Signal;

/// A message type.
#[derive(Debug)]
pub struct Message {
    /// The name in the .proto file, without the package.
    pub name: &'static str,
    /// The role in a pipeline.
    pub role: Role,
    /// The fields, in the order of the .proto file.
    pub fields: &'static [Field],
}

impl Message {
    /// The field with this number, if it is known.
    pub fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// Looks fields up in the order of a message.
    pub(crate) const fn cursor(&self) -> Cursor {
        Cursor {
            fields: self.fields,
            last: 0,
        }
    }

    /// The field with this lowerCamelCase name, if it is known.
    pub fn field_named(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Looks up the fields of one message. Senders write fields in order and repeat a field in
/// one run, so the search begins at the field that was found last.
#[derive(Debug)]
pub(crate) struct Cursor {
    fields: &'static [Field],
    last: usize,
}

impl Cursor {
    /// The field with this number, if it is known.
    pub(crate) fn field(&mut self, number: u32) -> Option<&'static Field> {
        let (before, after) = self.fields.split_at(self.last);
        for (position, field) in after.iter().enumerate() {
            if field.number == number {
                self.last += position;
                return Some(field);
            }
        }
        before.iter().find(|field| field.number == number)
    }
}

/// Role of a message in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A message that contains records, or describes their source.
    Envelope,
    /// A span, a log record or a data point, which is counted, accepted or rejected.
    Record,
    /// A part of a record.
    Part,
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// The number on the wire.
    pub number: u32,
    /// The name in OTLP/JSON: lowerCamelCase.
    pub name: &'static str,
    /// The type of one value.
    pub kind: Kind,
    /// Number of values, and the meaning of absence.
    pub presence: Presence,
}

/// Number of values of a field, and the meaning of absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// One; absent is the same as zero or empty.
    Implicit,
    /// One; absent is not zero: `optional`.
    Explicit,
    /// One, and absent is not zero: a member of the only `oneof` of its message. Of several
    /// members the last one on the wire counts.
    OneOf,
    /// One; without it the record is unusable.
    Required,
    /// Any number of them. Scalars are packed.
    Repeated,
}

/// The type of one value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A varint that is 0 or 1.
    Bool,
    /// A varint of an open enumeration; an integer in JSON also.
    Enum,
    /// A varint of 32 bits.
    Uint32,
    /// A varint of 32 bits in two's complement.
    Int32,
    /// A zigzag varint of 32 bits.
    Sint32,
    /// Four bytes.
    Fixed32,
    /// A varint of 64 bits.
    Uint64,
    /// A varint of 64 bits in two's complement.
    Int64,
    /// Eight bytes, unsigned.
    Fixed64,
    /// Eight bytes in two's complement.
    Sfixed64,
    /// Eight bytes, IEEE 754.
    Double,
    /// UTF-8.
    String,
    /// Bytes; base64 in JSON.
    Bytes,
    /// 16 bytes; hex in JSON.
    TraceId,
    /// 8 bytes; hex in JSON.
    SpanId,
    /// Another message.
    Message(&'static Message),
}

impl Kind {
    /// Whether repeated values are packed in one field.
    pub const fn is_packed(self) -> bool {
        !matches!(
            self,
            Kind::Message(_) | Kind::String | Kind::Bytes | Kind::TraceId | Kind::SpanId
        )
    }
}

/// Export request of a signal.
pub fn export_request(signal: Signal) -> &'static Message {
    match signal {
        Signal::Traces => &traces::EXPORT_REQUEST,
        Signal::Logs => &logs::EXPORT_REQUEST,
        Signal::Metrics => &metrics::EXPORT_REQUEST,
    }
}

/// Export response of a signal: the body of a success.
pub fn export_response(signal: Signal) -> &'static Message {
    match signal {
        Signal::Traces => &response::EXPORT_TRACE_RESPONSE,
        Signal::Logs => &response::EXPORT_LOGS_RESPONSE,
        Signal::Metrics => &response::EXPORT_METRICS_RESPONSE,
    }
}

/// `google.rpc.Status`: the body of a failure.
pub fn rpc_status() -> &'static Message {
    &response::RPC_STATUS
}

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    field(number, name, kind, Presence::Implicit)
}

const fn optional(number: u32, name: &'static str, kind: Kind) -> Field {
    field(number, name, kind, Presence::Explicit)
}

const fn one_of(number: u32, name: &'static str, kind: Kind) -> Field {
    field(number, name, kind, Presence::OneOf)
}

const fn required(number: u32, name: &'static str, kind: Kind) -> Field {
    field(number, name, kind, Presence::Required)
}

const fn many(number: u32, name: &'static str, kind: Kind) -> Field {
    field(number, name, kind, Presence::Repeated)
}

const fn field(number: u32, name: &'static str, kind: Kind, presence: Presence) -> Field {
    Field {
        number,
        name,
        kind,
        presence,
    }
}
