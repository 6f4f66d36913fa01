//! Ids in hexadecimal digits.

use crate::json::Json;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::hex;

/// Appends a trace id of 16 bytes, and a span id of 8; an id of another form is left out.
pub(crate) fn write(writer: &mut Writer, ids: [(u32, &Json<'_>); 2]) {
    let [(trace, trace_id), (span, span_id)] = ids;
    for (field, id, length) in [(trace, trace_id, 16), (span, span_id, 8)] {
        if let Some(bytes) = bytes(id.text(), length) {
            writer.bytes(field, &bytes);
        }
    }
}

/// An id of `length` bytes which are not all zero. Dashes of a UUID do not count.
pub(crate) fn bytes(id: &str, length: usize) -> Option<Vec<u8>> {
    if id.len() > 36 {
        return None;
    }
    let digits: String = id.chars().filter(|c| *c != '-').collect();
    let bytes = hex::decode(&digits)?;
    (bytes.len() == length && bytes.iter().any(|byte| *byte != 0)).then_some(bytes)
}
