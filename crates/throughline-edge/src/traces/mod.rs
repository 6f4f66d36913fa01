//! Traces with owners: where edges come and go, the records of a trace wait elsewhere.
//!
//! ```text
//! edge ─► Handover ─► Host::trace_owners ─┐
//! edge ─► Handover ─► Host::trace_owners ─┴─► TraceOwner ─► decision ─► backends
//! ```
//!
//! An edge gives the records to the owner that a hash of their trace id names, and the same again
//! until the owner has them, which knows what it has. What no owner takes is judged where it is.
//! The owner counts records as taken up once they have ended there: what waits, or is lost with a
//! storage, is what edges have handed over and owners have not taken up.

mod floor;
mod handover;
mod message;
mod owner;
mod tail;

pub use floor::Floor;
pub(crate) use handover::{Ended, Handover, Part};
pub use owner::{DecidedTraces, RecordsError, TraceOwner};
