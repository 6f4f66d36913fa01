//! The protobuf wire format: fields out of bytes and bytes out of fields.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

#[cfg(feature = "json")]
mod nesting;
mod reader;
mod writer;

#[cfg(feature = "json")]
pub(crate) use nesting::{Nesting, OpenNested};
pub use reader::{DecodeError, Field, Fields, Value, Varints, fields, varints};
pub use writer::{Open, Writer};
