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
//! | `S` | a session began | at, id of the session before |
//! | `N` | the document was loaded | end, ids, parent span, domInteractive, domContentLoadedEventStart, …End, domComplete, loadEventStart, …End, *timing* |
//! | `I` | a click, and what came of it | start, end, ids, name of the target, tag, selector, button |
//! | `F` | a request of the page | start, end, ids, parent span, `1` if the parent is inferred, method, address, status, error |
//! | `R` | timing of a request | address, *timing* |
//! | `E` | an exception | at, ids of the span it belongs to, mechanism, the event's message, file, line, column, then type, message and stack of what was thrown and of each of its causes |
//! | `T` | the engine failed | at, `trap` or `unavailable`, message |
//! | `X` | records were lost | reason, how many |
//! | `a` | measuring begins | now, ids of the document's load, activationStart, hidden first at, type of navigation, responseStart, id of the visit, `s` if layout shifts and `i` if interactions are measured |
//! | `p` | first contentful paint | at |
//! | `l` | a larger paint | at |
//! | `s` | a layout shift | at, value in 1e-9 |
//! | `i` | an event of an interaction | at, id of the interaction, duration |
//! | `f` | the first input | at |
//! | `v` | the page is hidden | at, how many interactions there were |
//! | `b` | the page is back from the back/forward cache | at, id of the visit, how many interactions there were |
//! | `q` | it is painted again | at |
//!
//! *timing* is startTime, fetchStart, domainLookupStart, …End, connectStart,
//! secureConnectionStart, connectEnd, requestStart, responseStart, responseEnd,
//! encodedBodySize, nextHopProtocol, and the trace id and span id that the server told in
//! `Server-Timing`.
//!
//! Upper-case kinds stand for themselves. Lower-case kinds are measurements that the web
//! vitals are made of over the life of the page; capture keeps them and sends them again,
//! in front of an `M`, to a reader that knows nothing yet.
#![no_std]

extern crate alloc;

mod assembler;
mod batch;
mod context;
mod document_load;
mod exception;
mod fetch;
mod interaction;
mod record;
mod timing;
mod web_vital;

use alloc::string::String;
use alloc::vec::Vec;

pub use assembler::Assembler;

/// Turns a whole text of facts into OTLP.
///
/// # Errors
/// [`FactsError`] when the text has no header that can be read.
pub fn to_otlp(facts: &str) -> Result<Telemetry, FactsError> {
    Ok(Assembler::begin(facts)?.finish())
}

/// Telemetry made of facts: one OTLP export request per signal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// An `ExportTraceServiceRequest`, empty when there are no spans.
    pub traces: Vec<u8>,
    /// An `ExportLogsServiceRequest`, empty when there are no log records.
    pub logs: Vec<u8>,
    /// An `ExportMetricsServiceRequest`, empty when there are no metrics.
    pub metrics: Vec<u8>,
    /// What the page had to let go.
    pub dropped: Vec<Dropped>,
    /// How many records of the text could not be read.
    pub unreadable: u64,
}

/// Records that the page had to let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Why: `queue_full`, `expired`, `rejected`.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// Why a text is not facts. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The text does not begin with a header record.
    #[error("the facts do not begin with a header")]
    NoHeader,
    /// The header names a version of the format this code does not know.
    #[error("the facts are of version {0}, which is not known here")]
    Version(u64),
}
