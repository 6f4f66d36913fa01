//! Turns the facts of a page into OTLP.
//!
//! The script in the page ("capture") records facts; [`throughline_wire::facts`] defines them.
//! The engine in the page reduces them to what is sent ([`Reducer`]). The edge does so again, which
//! changes nothing of the engine's, and redacts and limits what other senders have left; then it
//! writes OTLP ([`to_otlp`]).
//!
//! ```
//! let facts = "H\u{1f}2\u{1f}0.1.0\u{1f}shop-web\u{1e}\
//!              C\u{1f}1700000000000000\u{1f}0af7651916cd43dd8448eb211c80319c\u{1f}https://shop.example/\u{1e}\
//!              S\u{1f}1200\u{1f}\u{1e}";
//! let telemetry = throughline_facts::to_otlp(facts).expect("facts");
//! assert!(telemetry.traces.is_empty() && !telemetry.logs.is_empty());
//! ```
#![no_std]

extern crate alloc;

mod injected;
pub mod otlp;
mod reduce;
mod size_limit;
mod text;

use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::Signal;
use throughline_otlp::rewrite::inspect;
use throughline_wire::facts::{FORMAT, lost, mark};

pub use reduce::{Reduced, Reducer};
use text::{Fields, records};

/// Turns a whole text of facts, of this version or the one before, into OTLP.
///
/// # Errors
/// [`FactsError`] when the text does not begin with a header of such a version, or would
/// become more telemetry than any page has, or when the page gives fields in protobuf that are none.
pub fn to_otlp(facts: &str) -> Result<Telemetry, FactsError> {
    if size_limit::is_exceeded(facts) {
        return Err(FactsError::TooLarge);
    }
    let mut reducer = Reducer::new();
    reducer.add(facts)?;
    let telemetry = otlp::write(&reducer.finish().facts);
    // The page's package writes it right; another sender may not.
    for (signal, request) in [
        (Signal::Traces, &telemetry.traces),
        (Signal::Logs, &telemetry.logs),
    ] {
        inspect(signal, request).map_err(|_| FactsError::Rest)?;
    }
    Ok(telemetry)
}

/// The page's clock when it sent a whole text of facts, in ms since the Unix epoch; `None` where
/// the page does not say.
pub fn sent_unix_ms(facts: &str) -> Option<u64> {
    let mut marks = records(facts).map(Fields::of);
    let mark = marks.find(|fields| fields.kind() == mark::KIND)?;
    Some(mark.number(mark::SENT)).filter(|sent| *sent > 0)
}

/// Telemetry made of facts: one OTLP export request per signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// An `ExportTraceServiceRequest`, empty when there are no spans.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`, empty when there are no log records.
    pub logs: Vec<u8>,
    /// How many spans and log records there are.
    pub records: u32,
    /// How many exceptions of scripts that are none of the page's were dropped here; [`dropped`](Self::dropped) says so too.
    pub injected: u32,
    /// The `lost` facts.
    lost: String,
}

impl Telemetry {
    /// No telemetry.
    pub const NONE: Self = Self {
        traces: Vec::new(),
        logs: Vec::new(),
        records: 0,
        injected: 0,
        lost: String::new(),
    };

    /// The records that the page dropped: the name of a
    /// [`DropReason`](throughline_wire::DropReason), and how many.
    pub fn dropped(&self) -> impl Iterator<Item = (&str, u64)> {
        records(&self.lost).map(|record| {
            let fields = Fields::of(record);
            (fields.text(lost::REASON), fields.number(lost::COUNT))
        })
    }
}

/// Why a text is not facts. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The text does not begin with a header record.
    #[error("the facts do not begin with a header")]
    NoHeader,
    /// The header has a version of the format that is not read here.
    #[error(
        "the facts have version {0}, and versions {FORMAT_BEFORE} and {FORMAT} are read here: update the edge to the version of the page"
    )]
    Version(u64),
    /// The telemetry might be over 16 MiB: [`to_otlp`] only.
    #[error("the facts would become over 16 MiB of telemetry; send smaller batches")]
    TooLarge,
    /// The field `rest` of a span or a log record is not protobuf: [`to_otlp`] only.
    #[error("the field `rest` of a span or a log record is not protobuf in hexadecimal digits")]
    Rest,
}

/// The version of the format before this one, which is read too.
const FORMAT_BEFORE: u64 = FORMAT - 1;
