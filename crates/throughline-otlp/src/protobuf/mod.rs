//! The protobuf wire format: reads fields from bytes and writes them.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

#[cfg(feature = "json")]
mod nesting;
mod reader;
mod utf8;
mod writer;

#[cfg(feature = "json")]
pub(crate) use nesting::{Nesting, OpenNested};
pub use reader::{DecodeError, Field, Fields, Value, Varints, each_field, fields, varints};
pub(crate) use utf8::is_utf8;
pub use writer::{Open, Writer, field_bytes};
