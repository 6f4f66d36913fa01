//! OTLP as protobuf bytes: written, read, inspected, rewritten, and translated from and to
//! JSON.
//!
//! Throughline has one form of telemetry, the OTLP protobuf encoding itself. It is written
//! field by field ([`protobuf::Writer`]), read as borrowed slices ([`protobuf::fields`]) and
//! processed in one pass ([`rewrite`]). It is never decoded into a tree of structs, so bytes
//! that no stage changes stay as received, fields of newer protocols included.
//!
//! ```
//! use throughline_otlp::{field, protobuf::{Writer, fields, Value}};
//!
//! let mut writer = Writer::new();
//! writer.string(field::span::NAME, "GET /basket");
//! let bytes = writer.into_bytes();
//!
//! let name = fields(&bytes).next().expect("one field").expect("well formed");
//! assert_eq!(name.number, field::span::NAME);
//! assert_eq!(name.value, Value::Bytes(b"GET /basket"));
//! ```
#![no_std]

extern crate alloc;

pub mod attribute;
mod canonical;
mod count;
pub mod envelope;
pub mod field;
pub mod group;
mod inspect;
mod invalid;
#[cfg(feature = "json")]
pub mod json;
pub mod protobuf;
pub mod response;
pub mod rewrite;
pub mod schema;
mod signal;
pub mod split;

pub use canonical::canonical;
pub use count::count_records;
pub use invalid::{InvalidReason, InvalidRequest, Place, RecordFault};
pub use rewrite::inspect;
pub use signal::Signal;
