//! The contract between page and edge.
//!
//! [`facts`] is the text that a page records, [`Bundle`] the body that its engine sends, and
//! [`DropReason`] the reason why records never left the page. `facts.toml` defines facts and
//! drop reasons once, for Rust, for TypeScript and for this documentation.
//!
//! ```
//! use throughline_wire::facts::{FIELD_END, RECORD_END, request};
//!
//! let record = "F\u{1f}1000\u{1f}2000\u{1e}";
//! let record = record.trim_end_matches(RECORD_END as char);
//! let fields: Vec<&str> = record.split(FIELD_END as char).collect();
//! assert_eq!(fields[request::END], "2000");
//! ```
#![no_std]

extern crate alloc;

pub mod bundle;
pub mod dictionary;
mod drop_reason;
pub mod facts;

pub use bundle::Bundle;
pub use drop_reason::DropReason;
