//! Trace context: ids, headers and sampling.
//!
//! A request carries the context of its caller in its headers. It is extracted from them,
//! and injected into the headers of the requests that follow from it.
//!
//! ```
//! use throughline_trace_context::{SpanId, propagator};
//!
//! let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
//! let parent = propagator::extract([caller], ["shop=basket"]).expect("a valid header");
//!
//! let span = parent.child(SpanId::from_hex("00f067aa0ba902b7").expect("16 digits"));
//! let mut headers = Vec::new();
//! propagator::inject(&span, |name, value| headers.push(format!("{name}: {value}")));
//! assert_eq!(headers, [
//!     "traceparent: 00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
//!     "tracestate: shop=basket",
//! ]);
//! ```
#![no_std]

extern crate alloc;

mod ascii;
pub mod baggage;
pub mod hex;
pub mod ids;
pub mod ot;
pub mod propagator;
pub mod sampling;
mod span_context;
pub mod traceparent;
pub mod tracestate;
pub mod xray;

pub use baggage::{Baggage, BaggageEntry, BaggageError, BaggageProperty};
pub use hex::Ascii;
pub use ids::{SpanId, TraceFlags, TraceId};
pub use span_context::SpanContext;
pub use traceparent::{Traceparent, TraceparentError};
pub use tracestate::{Tracestate, TracestateError};
