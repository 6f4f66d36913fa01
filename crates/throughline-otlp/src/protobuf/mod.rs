//! The protobuf wire format: fields out of bytes and bytes out of fields.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

mod reader;
mod writer;

pub use reader::{DecodeError, Field, Fields, Value, Varints, fields, varints};
pub use writer::{Open, Writer};
