//! The protobuf wire format: reads fields from bytes and writes them.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

#[cfg(feature = "json")]
mod nesting;
mod reader;
mod writer;

#[cfg(feature = "json")]
pub(crate) use nesting::{Nesting, OpenNested};
pub use reader::{DecodeError, Field, Fields, Value, Varints, each_field, fields, varints};
pub use writer::{Open, Writer};
