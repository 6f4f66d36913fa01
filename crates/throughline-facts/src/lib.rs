//! What the page saw: raw facts turned into OTLP.
//!
//! A page's script ("capture") notes what happens as facts. The engine in the page turns
//! them into OTLP; for a page that may not run WebAssembly the edge does, with this same
//! code ([`to_otlp`]).
//!
//! ```
//! let facts = "H\u{1f}1\u{1f}0.1.0\u{1f}shop-web\u{1e}\
//!              C\u{1f}1700000000000000\u{1f}0af7651916cd43dd8448eb211c80319c\u{1f}https://shop.example/\u{1e}\
//!              S\u{1f}1200\u{1f}\u{1e}";
//! let telemetry = throughline_facts::to_otlp(facts).expect("facts");
//! assert!(telemetry.traces.is_empty() && !telemetry.logs.is_empty());
//! ```
//!
//! # The format
//!
//! Text. Fields are joined by U+001F, each record is ended by U+001E; capture writes a
//! space where a value holds one of them. The first field is the kind of the record.
//! Times are whole µs since the page's time origin, durations whole µs. `ids` stands for
//! three fields: trace id, span id, flags, in lowercase hexadecimal digits. An empty field
//! is an absent value, fields that are missing at the end are too, and fields that are too
//! many are ignored: newer capture, older edge.
//!
//! | kind | what | fields |
//! |---|---|---|
//! | `H` | header, first in every text | format version (`1`), package version, `service.name`, `service.version`, `deployment.environment.name`, user agent, language, platform, mobile (`0`, `1`), brands… |
//! | `C` | context, from here on | wall clock at the time origin (µs since the Unix epoch), `session.id`, address of the document |
//! | `M` | mark: what was made of the facts so far has been sent | |
//! | `S` | a session began | at, no ids, id of the session before |
//! | `N` | the document was loaded | start, end, ids, parent span, name, *timing* |
//! | `I` | a click, and what came of it | start, end, ids, no parent, name, tag, selector, button |
//! | `F` | a request of the page | start, end, ids, parent span, address, method, `1` if the parent is inferred, status, error, host, port |
//! | `R` | timing of a request | address, trace id that the server told, startTime, responseEnd, *timing* |
//! | `E` | an exception | at, ids of the span it belongs to, mechanism, the event's message, file, line, column, then type, message and stack of what was thrown and of each of its causes |
//! | `T` | the engine failed | at, no ids, `trap` or `unavailable`, message |
//! | `X` | records were lost | reason, how many |
//! | `a` | a visit begins: the page is opened, or comes back from the back/forward cache | now, began (activationStart, or when it came back), hidden first at, responseStart, `1` if layout shifts are measured, `1` if interactions are, how many of them there were before, ids of the document's load, id of the visit, type of navigation |
//! | `p` | first contentful paint | at |
//! | `l` | a larger paint | at |
//! | `s` | a layout shift | at, value in 1e-9 |
//! | `i` | an event of an interaction | at, id of the interaction, duration |
//! | `f` | the first input | at |
//! | `v` | the page is hidden | at, how many interactions there were |
//!
//! *timing* is fetchStart, domainLookupStart, …End, connectStart, secureConnectionStart,
//! connectEnd (these five empty for a connection that was open already), requestStart,
//! responseStart, responseEnd, encodedBodySize and the version of HTTP.
//!
//! Upper-case kinds stand for themselves. Lower-case kinds are measurements that the web
//! vitals are made of over the life of the page; capture keeps them and sends them again,
//! in front of an `M`, to a reader that knows nothing yet.
#![no_std]

extern crate alloc;

mod assembler;
mod attributes;
mod batch;
mod bound;
mod exception;
mod frames;
mod page;
mod record;
mod request;
mod span;
mod waiting;
mod web_vital;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub use assembler::Assembler;
pub use frames::with_frames;
use record::records;

/// Turns a whole text of facts into OTLP.
///
/// # Errors
/// [`FactsError`] when the text has no header that can be read, or would become more
/// telemetry than any page has.
pub fn to_otlp(facts: &str) -> Result<Telemetry, FactsError> {
    if bound::is_too_large(facts) {
        return Err(FactsError::TooLarge);
    }
    let mut assembler = Assembler::new();
    assembler.add(facts)?;
    let mut telemetry = assembler.finish();
    if let Cow::Owned(logs) = with_frames(&telemetry.logs) {
        telemetry.logs = logs;
    }
    Ok(telemetry)
}

/// Telemetry made of facts: one OTLP export request per signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// An `ExportTraceServiceRequest`, empty when there are no spans.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`, empty when there are no log records.
    pub logs: Vec<u8>,
    /// An `ExportMetricsServiceRequest`, empty when there are no metrics.
    pub metrics: Vec<u8>,
    /// How many records they are.
    pub records: u32,
    /// Facts of what the page lost.
    lost: String,
}

impl Telemetry {
    /// No telemetry.
    pub const NONE: Self = Self {
        traces: Vec::new(),
        logs: Vec::new(),
        metrics: Vec::new(),
        records: 0,
        lost: String::new(),
    };

    /// What the page had to let go: why (`queue_full`, `expired`, `rejected`), and how many
    /// records. `unreadable` are those that were no facts.
    pub fn dropped(&self) -> impl Iterator<Item = (&str, u64)> {
        records(&self.lost).map(|mut fields| (fields.text(), fields.number()))
    }
}

/// Why a text is not facts. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The text does not begin with a header record.
    #[error("the facts do not begin with a header")]
    NoHeader,
    /// The header names a version of the format that this code does not know.
    #[error("the facts are of a version that is not known here")]
    Version,
    /// The telemetry might be over 16 MiB: [`to_otlp`] only.
    #[error("the facts would become over 16 MiB of telemetry; send smaller batches")]
    TooLarge,
}
