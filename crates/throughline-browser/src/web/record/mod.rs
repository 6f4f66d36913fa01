//! The records that the page's code makes, and their form in OTLP.

mod log;
mod span;
mod value;

pub(crate) use log::LogRecord;
pub(crate) use span::SpanRecord;
