//! Errors of an export request: faults of one record and faults of the structure.

use crate::inspect::MAX_DEPTH;
use crate::protobuf::{DecodeError, fields};
use crate::schema::{Field, Presence};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// Fault of a record that makes it useless to every backend. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// A span has no id.
    #[error("{0} is missing or all zero")]
    IdMissing(&'static str),
    /// An id has the wrong length.
    #[error("{field} has {length} bytes, not {wanted}")]
    IdLength {
        /// The field's JSON name.
        field: &'static str,
        /// How many bytes it has.
        length: usize,
        /// How many bytes it should have.
        wanted: usize,
    },
    /// A string is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// Messages are nested too deep.
    #[error("its messages are nested more than {MAX_DEPTH} deep")]
    TooDeep,
}

/// Error that refuses a whole request, with its place. The sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct InvalidRequest {
    /// Path of JSON names: `resourceSpans[0].scopeSpans[1].spans[3].name`.
    pub at: Place,
    /// The fault there.
    pub reason: InvalidReason,
}

/// Fault of the structure of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReason {
    /// The bytes are not protobuf.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A field has a wire type that its definition excludes.
    #[error("the field has another wire type than {0}")]
    WireType(&'static str),
    /// A resource, a scope or a metric, which describe all records below them, has a fault.
    #[error(transparent)]
    Envelope(RecordFault),
}

/// Path to a place in a message, stored from the innermost step outwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    steps: Vec<(&'static str, Option<usize>)>,
}

impl Place {
    /// Adds the field that encloses the path so far.
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

/// [`InvalidRequest`] on its way up. It is boxed so that a check returns one register for
/// each of the many fields that are sound.
#[derive(Debug)]
pub(crate) struct Invalid(Box<InvalidRequest>);

impl Invalid {
    /// Adds the field that was being read to the path. Its index is counted only here, so
    /// that sound requests do not pay for it.
    #[cold]
    pub(crate) fn within(mut self, field: &'static Field, message: &[u8], raw: &[u8]) -> Self {
        let index = (field.presence == Presence::Repeated).then(|| {
            fields(message)
                .map_while(Result::ok)
                .filter(|read| read.number == field.number)
                .take_while(|read| !core::ptr::eq(read.raw, raw))
                .count()
        });
        self.0.at.within(field.name, index);
        self
    }
}

impl<R: Into<InvalidReason>> From<R> for Invalid {
    #[cold]
    fn from(reason: R) -> Self {
        Self(Box::new(InvalidRequest {
            at: Place::default(),
            reason: reason.into(),
        }))
    }
}

impl From<Invalid> for InvalidRequest {
    fn from(invalid: Invalid) -> Self {
        *invalid.0
    }
}
