//! Consistent probability sampling.
//!
//! Every sampler from the page to the backend compares the trace's [`Randomness`] with its
//! own [`Threshold`] and keeps the trace if the randomness is not below it. All samplers
//! compare the same number, so a sampler that keeps 10 % keeps only traces that a sampler of
//! 50 % keeps too, and the threshold of a span gives its adjusted count: the number of spans
//! that it represents.
//!
//! ```
//! use throughline_trace_context::sampling::{Precision, Threshold};
//!
//! let one_in_ten = Threshold::from_probability(0.1, Precision::DEFAULT)?;
//! assert_eq!(one_in_ten.to_string(), "e666");
//! # Ok::<(), throughline_trace_context::sampling::ProbabilityError>(())
//! ```
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>.

mod downstream;
mod randomness;
mod sampler;
mod threshold;

pub use downstream::{equalize, thin};
pub use randomness::Randomness;
pub use sampler::{Sampler, SamplingDecision};
pub use threshold::{Precision, ProbabilityError, Threshold};
