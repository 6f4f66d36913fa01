//! Which traces are kept, and how many does each of them stand for?
//!
//! Every stage on the way compares the trace's [`Randomness`] with its own
//! [`Threshold`]: the trace is kept where the randomness is not below. Because
//! all stages compare the same number, a stage that keeps 10 % keeps only traces
//! that a stage with 50 % keeps too, and the threshold on a span says how many
//! spans it stands for.
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
