//! Attributes: how they are written and read.
//!
//! ```
//! use throughline_otlp::attribute::{self, AttributeValue, attributes};
//! use throughline_otlp::field::span::ATTRIBUTES;
//! use throughline_otlp::protobuf::Writer;
//!
//! let mut span = Writer::new();
//! attribute::string(&mut span, ATTRIBUTES, "url.path", "/basket");
//! attribute::int(&mut span, ATTRIBUTES, "http.response.status_code", 200);
//!
//! let status = attributes(span.as_bytes(), ATTRIBUTES)
//!     .find(|attribute| attribute.key == "http.response.status_code");
//! assert_eq!(status.map(|status| status.value()), Some(AttributeValue::Int(200)));
//! ```

mod pair;
mod read;
mod write;

pub use pair::Pair;
pub use read::{Attribute, AttributeValue, attributes, values};
pub use write::{bool, double, int, list, map, string, strings};
