//! What telemetry is: OTLP as bytes.
//!
//! There is one form inside Throughline, the OTLP protobuf encoding itself. It is
//! written field by field ([`protobuf::Writer`]), read as borrowed slices
//! ([`protobuf::fields`]) and never decoded into a tree of structs, so what no
//! rule touches leaves as it came, fields of newer protocols included.
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
pub mod field;
mod inspect;
#[cfg(feature = "json")]
pub mod json;
pub mod protobuf;
pub mod response;
pub mod schema;
mod signal;

pub use inspect::{
    Inspection, InvalidReason, InvalidRequest, Place, RecordFault, inspect, without_unusable,
};
pub use signal::Signal;
