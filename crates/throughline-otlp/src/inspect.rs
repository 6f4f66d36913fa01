//! Is a received export request whole, and how many records are in it?
//!
//! The structure is walked to the last attribute before anything is accepted, so
//! that what is wrong is said to the sender and not found out by the backend.
//! A fault inside one record costs that record; a fault of the structure costs
//! the request.

use crate::Signal;
use crate::protobuf::{DecodeError, Value, Writer, fields};
use crate::schema::{self, Field, Kind, Message, Presence, Role};
use alloc::vec::Vec;
use core::fmt;

/// Walks an export request.
///
/// # Errors
/// [`InvalidRequest`] says where the structure is broken; the sender is at fault.
pub fn inspect(signal: Signal, request: &[u8]) -> Result<Inspection, InvalidRequest> {
    let mut inspection = Inspection::default();
    walk(schema::export_request(signal), request, 0, &mut inspection)?;
    Ok(inspection)
}

/// The request without the records that [`inspect`] found unusable; everything else
/// is copied verbatim.
///
/// # Errors
/// As [`inspect`].
pub fn without_unusable(signal: Signal, request: &[u8]) -> Result<Vec<u8>, InvalidRequest> {
    let mut writer = Writer::new();
    copy_usable(schema::export_request(signal), request, 0, &mut writer)?;
    Ok(writer.into_bytes())
}

/// What is in a request whose structure is sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Spans, log records or data points, the unusable ones included.
    pub records: u64,
    /// Records that no backend could use.
    pub unusable: u64,
    /// What is wrong with the first of them.
    pub first_fault: Option<RecordFault>,
}

/// Why a record is of no use to any backend. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// A span without an identity.
    #[error("{0} is missing or all zero")]
    IdMissing(&'static str),
    /// An identity of another length.
    #[error("{field} has {length} bytes, not {wanted}")]
    IdLength {
        /// The field's JSON name.
        field: &'static str,
        /// How many bytes it has.
        length: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A string that is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// Values within values within values.
    #[error("it has more than {MAX_DEPTH} messages within one another")]
    TooDeep,
}

/// Why a request cannot be taken, and where. The sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct InvalidRequest {
    /// Where, as a path of JSON names: `resourceSpans[0].scopeSpans[1].spans[3].name`.
    pub at: Place,
    /// What is wrong there.
    pub reason: InvalidReason,
}

/// What is wrong with the structure of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReason {
    /// It is not protobuf.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A field has a wire type that its definition excludes.
    #[error("the field has another wire type than {0}")]
    WireType(&'static str),
    /// What describes all records of a resource or scope is not usable.
    #[error(transparent)]
    Envelope(RecordFault),
}

/// A place in a message: the innermost step first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    steps: Vec<(&'static str, Option<usize>)>,
}

impl Place {
    /// Adds the field that encloses what the place names so far.
    pub(crate) fn within(&mut self, field: &'static str, index: Option<usize>) {
        self.steps.push((field, index));
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("the request");
        }
        for (position, (field, index)) in self.steps.iter().rev().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            write!(f, "{dot}{field}")?;
            if let Some(index) = index {
                write!(f, "[{index}]")?;
            }
        }
        Ok(())
    }
}

/// Walks one message. A fault found in it, or below it, comes back until a record
/// takes it; what is no part of a record makes the request invalid.
fn walk(
    message: &'static Message,
    bytes: &[u8],
    depth: usize,
    inspection: &mut Inspection,
) -> Result<Option<RecordFault>, InvalidRequest> {
    if depth > MAX_DEPTH {
        return Ok(Some(RecordFault::TooDeep));
    }
    let mut fault = None;
    let mut present = 0u64;
    for read in fields(bytes) {
        let read = read.map_err(InvalidReason::from)?;
        let Some(field) = message.field(read.number) else {
            continue;
        };
        let found = walk_value(field, read.value, depth, inspection)
            .map_err(|error| error.within(field, bytes, read.raw))?;
        match found {
            None => present |= 1 << field.number,
            Some(found) if message.role == Role::Envelope => {
                let error = InvalidRequest::from(InvalidReason::Envelope(found));
                return Err(error.within(field, bytes, read.raw));
            }
            Some(found) => fault = fault.or(Some(found)),
        }
    }
    if message.role != Role::Record {
        return Ok(fault);
    }
    inspection.records += 1;
    if let Some(fault) = fault.or_else(|| absent(message, present)) {
        inspection.unusable += 1;
        inspection.first_fault = inspection.first_fault.or(Some(fault));
    }
    Ok(None)
}

fn walk_value(
    field: &'static Field,
    value: Value<'_>,
    depth: usize,
    inspection: &mut Inspection,
) -> Result<Option<RecordFault>, InvalidRequest> {
    match (field.kind, value) {
        (Kind::Message(message), Value::Bytes(bytes)) => {
            walk(message, bytes, depth + 1, inspection)
        }
        (Kind::String, Value::Bytes(bytes)) => {
            let valid = core::str::from_utf8(bytes).is_ok();
            Ok((!valid).then_some(RecordFault::NotUtf8(field.name)))
        }
        (Kind::Bytes, Value::Bytes(_)) => Ok(None),
        (Kind::TraceId, Value::Bytes(id)) => Ok(id_fault(field, id, TRACE_ID_BYTES)),
        (Kind::SpanId, Value::Bytes(id)) => Ok(id_fault(field, id, SPAN_ID_BYTES)),
        (kind, value) => match (scalar_width(kind), value) {
            (Some(Width::Varint), Value::Varint(_))
            | (Some(Width::Eight), Value::Fixed64(_))
            | (Some(Width::Four), Value::Fixed32(_)) => Ok(None),
            (Some(width), Value::Bytes(packed))
                if field.presence == Presence::Repeated && is_packed(width, packed) =>
            {
                Ok(None)
            }
            (width, _) => Err(InvalidReason::WireType(wire_name(width)).into()),
        },
    }
}

fn id_fault(field: &'static Field, id: &[u8], wanted: usize) -> Option<RecordFault> {
    if field.presence == Presence::Required && id.iter().all(|byte| *byte == 0) {
        return Some(RecordFault::IdMissing(field.name));
    }
    // An empty id is an id that was not set.
    (!id.is_empty() && id.len() != wanted).then_some(RecordFault::IdLength {
        field: field.name,
        length: id.len(),
        wanted,
    })
}

fn absent(message: &'static Message, present: u64) -> Option<RecordFault> {
    message
        .fields
        .iter()
        .find(|field| field.presence == Presence::Required && present & (1 << field.number) == 0)
        .map(|field| RecordFault::IdMissing(field.name))
}

fn copy_usable(
    message: &'static Message,
    bytes: &[u8],
    depth: usize,
    writer: &mut Writer,
) -> Result<(), InvalidRequest> {
    for read in fields(bytes) {
        let read = read.map_err(InvalidReason::from)?;
        let child = match message.field(read.number).map(|field| field.kind) {
            Some(Kind::Message(child)) => Some(child),
            _ => None,
        };
        match (child.map(|child| (child, child.role)), read.value) {
            (Some((child, Role::Envelope)), Value::Bytes(inner)) => {
                let open = writer.open(read.number);
                copy_usable(child, inner, depth + 1, writer)?;
                writer.close(open);
            }
            (Some((child, Role::Record)), Value::Bytes(inner)) => {
                let mut inspection = Inspection::default();
                walk(child, inner, depth + 1, &mut inspection)?;
                if inspection.unusable == 0 {
                    writer.raw(read.raw);
                }
            }
            _ => writer.raw(read.raw),
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Width {
    Varint,
    Four,
    Eight,
}

fn scalar_width(kind: Kind) -> Option<Width> {
    match kind {
        Kind::Bool
        | Kind::Enum
        | Kind::Uint32
        | Kind::Int32
        | Kind::Sint32
        | Kind::Uint64
        | Kind::Int64 => Some(Width::Varint),
        Kind::Fixed32 => Some(Width::Four),
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => Some(Width::Eight),
        Kind::String | Kind::Bytes | Kind::TraceId | Kind::SpanId | Kind::Message(_) => None,
    }
}

fn is_packed(width: Width, packed: &[u8]) -> bool {
    match width {
        Width::Four => packed.len().is_multiple_of(4),
        Width::Eight => packed.len().is_multiple_of(8),
        Width::Varint => crate::protobuf::varints(packed).all(|value| value.is_ok()),
    }
}

fn wire_name(width: Option<Width>) -> &'static str {
    match width {
        Some(Width::Varint) => "varint",
        Some(Width::Four) => "four bytes",
        Some(Width::Eight) => "eight bytes",
        None => "length-delimited",
    }
}

impl From<InvalidReason> for InvalidRequest {
    fn from(reason: InvalidReason) -> Self {
        Self {
            at: Place::default(),
            reason,
        }
    }
}

impl InvalidRequest {
    /// Puts the field that was being read around the place. Its index is counted only
    /// here, so that sound requests do not pay for it.
    fn within(mut self, field: &'static Field, message: &[u8], raw: &[u8]) -> Self {
        let index = (field.presence == Presence::Repeated).then(|| {
            fields(message)
                .map_while(Result::ok)
                .filter(|read| read.number == field.number)
                .take_while(|read| !core::ptr::eq(read.raw, raw))
                .count()
        });
        self.at.within(field.name, index);
        self
    }
}

/// Messages within one another, below the request: the limit of protobuf's own readers,
/// <https://protobuf.dev/programming-guides/proto-limits/>. A backend that has it would
/// not take the whole batch.
pub(crate) const MAX_DEPTH: usize = 100;

const TRACE_ID_BYTES: usize = 16;
const SPAN_ID_BYTES: usize = 8;
