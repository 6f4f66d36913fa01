//! Parses the envelopes of Sentry SDKs and translates their items to OTLP.
//!
//! [`Envelope`] finds the items of an envelope and looks at no payload. [`Telemetry`] turns
//! payloads into OTLP export requests: errors, messages and sessions into log records,
//! transactions and streamed spans into spans, metrics into metrics.
//!
//! ```
//! use throughline_sentry::Telemetry;
//!
//! let sent = br#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}
//! {"type":"event"}
//! {"message":"hello","level":"warning"}
//! "#;
//! let telemetry = Telemetry::of_envelope(sent)?;
//! assert!(!telemetry.logs.is_empty());
//! assert_eq!(telemetry.event_id.as_deref(), Some("9ec79c33ec9942ab8353589fcb2e04dc"));
//! # Ok::<(), throughline_sentry::EnvelopeError>(())
//! ```
//!
//! <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>
#![no_std]

extern crate alloc;

mod attributes;
mod container;
mod discarded;
mod envelope;
mod event;
mod exception;
mod feedback;
mod header;
mod ids;
mod images;
mod json;
mod log;
mod message;
mod metric;
mod records;
mod request;
mod sampling;
mod session;
mod severity;
mod source;
mod span;
mod stack;
mod streamed_span;
mod surroundings;
mod telemetry;
mod time;
mod transaction;
mod translation;

pub use discarded::DiscardReason;
pub use envelope::{Envelope, EnvelopeError, Item, Items};
pub use telemetry::{NotAnEvent, Telemetry};
