//! One pass over an export request in which stages look at, edit and drop its parts.
//!
//! The pass also inspects the request: its structure down to the last attribute, the number
//! of its records, and the records that no backend could use, which it leaves out. What no
//! stage changes leaves byte for byte, fields of newer protocols included, and nothing is
//! copied before the first change.
//!
//! ```
//! use throughline_otlp::field::log_record;
//! use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite};
//! use throughline_otlp::{Signal, attribute};
//!
//! /// Adds an attribute to each log record.
//! struct Country;
//!
//! impl Stage for Country {
//!     fn interest(&self, signal: Signal) -> Interest {
//!         match signal {
//!             Signal::Logs => Interest::RECORD,
//!             Signal::Traces | Signal::Metrics => Interest::NONE,
//!         }
//!     }
//!
//!     fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
//!         record.append(|writer| {
//!             attribute::string(writer, log_record::ATTRIBUTES, "geo.country.iso_code", "NZ");
//!         });
//!         Keep::Yes
//!     }
//! }
//!
//! // One resource with one scope with two empty log records.
//! let request = [0x0a, 6, 0x12, 4, 0x12, 0, 0x12, 0];
//! let rewritten = rewrite(Signal::Logs, &request, &mut [&mut Country])?;
//! assert_eq!(rewritten.kept(), 2);
//! assert!(rewritten.request.len() > request.len());
//! # Ok::<(), throughline_otlp::InvalidRequest>(())
//! ```

mod message;
mod part;
mod pass;
mod splices;

use crate::{InvalidRequest, RecordFault, Signal};
use alloc::borrow::Cow;
use pass::{Inspects, Pass};

pub use message::{Edit, Message, edit_fields, edit_within};

/// A processing stage: looks at, edits or drops parts of an export request.
///
/// Stages see each part in the order in which they are listed, each as the ones before have
/// left it.
pub trait Stage {
    /// The parts of this signal's requests that the stage takes. The others are never
    /// offered to it.
    fn interest(&self, signal: Signal) -> Interest;

    /// Takes the resource of a group, before the scopes and records of the group. It is
    /// empty when the group has none; what is appended then becomes its resource.
    fn resource(&mut self, resource: &mut Message<'_>) {
        let _ = resource;
    }

    /// Takes the instrumentation scope of a group, before the records of the group. It is
    /// empty when the group has none; what is appended then becomes its scope.
    fn scope(&mut self, scope: &mut Message<'_>) {
        let _ = scope;
    }

    /// Takes the schema URL of a resource group or of a scope group, and returns what takes its
    /// place. A group without one is not offered.
    fn schema_url(&mut self, schema_url: &str) -> Option<&'static str> {
        let _ = schema_url;
        None
    }

    /// Takes a span, a log record or a data point. One that is dropped is not offered to
    /// later stages.
    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        let _ = (record, envelope);
        Keep::Yes
    }
}

/// Set of the parts of a request that a [`Stage`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(u8);

impl Interest {
    /// No part: the stage costs nothing.
    pub const NONE: Self = Self(0);
    /// [`Stage::resource`].
    pub const RESOURCE: Self = Self(1);
    /// [`Stage::scope`].
    pub const SCOPE: Self = Self(2);
    /// [`Stage::record`], for records that are inspected and usable.
    pub const RECORD: Self = Self(4);
    /// [`Stage::record`] before the record is inspected, unless a stage listed earlier takes
    /// inspected records. A record that the stage drops costs no inspection, and whether it
    /// was usable is not known. Its bytes may be anything.
    pub const UNINSPECTED_RECORD: Self = Self(8);
    /// [`Stage::schema_url`].
    pub const SCHEMA_URL: Self = Self(16);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The record, inspected or not.
    const ANY_RECORD: Self = Self::RECORD.and(Self::UNINSPECTED_RECORD);
}

/// Enclosing messages of a record, as the stages have left them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The `Resource`; empty when there is none.
    pub resource: &'a [u8],
    /// The `InstrumentationScope`; empty when there is none.
    pub scope: &'a [u8],
    /// The `Metric` of a data point, with all its data points as received. Empty for other
    /// records.
    pub metric: &'a [u8],
}

/// Decision about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The record stays.
    Yes,
    /// The record is dropped.
    No,
}

/// Result of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten<'a> {
    /// The request; borrowed when nothing has changed.
    pub request: Cow<'a, [u8]>,
    /// Spans, log records or data points that were received.
    pub records: u64,
    /// Records that a stage has dropped.
    pub dropped: u64,
    /// Records that no backend could use. They are left out.
    pub unusable: u64,
    /// The fault of the first of them.
    pub first_fault: Option<RecordFault>,
}

impl Rewritten<'_> {
    /// Records that are in the request.
    pub const fn kept(&self) -> u64 {
        self.records - self.dropped - self.unusable
    }
}

/// Runs the stages over a received request in one pass and inspects it on the way.
///
/// A record that is dropped or unusable is left out, and so is each metric, scope group and
/// resource group that had records and has none left. A group that was received without
/// records stays.
///
/// # Errors
/// [`InvalidRequest`] when the structure is broken; the sender is at fault.
pub fn rewrite<'a>(
    signal: Signal,
    request: &'a [u8],
    stages: &mut [&mut dyn Stage],
) -> Result<Rewritten<'a>, InvalidRequest> {
    Pass::new(signal, Inspects::Yes, stages).run(request)
}

/// Runs the stages over a request that an earlier pass has inspected: as [`rewrite`], but
/// a record that no stage takes is not read.
///
/// # Errors
/// [`InvalidRequest`] when a group cannot be read, which is so in no inspected request.
pub fn rewrite_inspected<'a>(
    signal: Signal,
    request: &'a [u8],
    stages: &mut [&mut dyn Stage],
) -> Result<Rewritten<'a>, InvalidRequest> {
    Pass::new(signal, Inspects::No, stages).run(request)
}

/// Inspects a request and leaves out the records that no backend could use: [`rewrite`]
/// without stages.
///
/// # Errors
/// [`InvalidRequest`] when the structure is broken; the sender is at fault.
pub fn inspect(signal: Signal, request: &[u8]) -> Result<Rewritten<'_>, InvalidRequest> {
    rewrite(signal, request, &mut [])
}
