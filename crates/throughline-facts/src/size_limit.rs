//! Limits how much telemetry a text of facts may become.

use crate::text::records;
use throughline_wire::facts::{context, header, mark, visit};

/// Whether the telemetry might be over the limit.
///
/// Every record of a page names the session and the address of its document, so a short
/// text with one long address and many facts would become gigabytes.
pub(crate) fn is_exceeded(facts: &str) -> bool {
    let (mut count, mut marks) = (0, 0);
    let (mut longest_header, mut longest_context, mut longest_visit) = (0, 0, 0);
    for record in records(facts) {
        let length = record.len() as u64;
        count += 1;
        match record.as_bytes() {
            [header::KIND, ..] => longest_header = length.max(longest_header),
            [context::KIND, ..] => longest_context = length.max(longest_context),
            [visit::KIND, ..] => longest_visit = length.max(longest_visit),
            // The records so far become a request, and are dropped.
            [mark::KIND, ..] => marks += 1,
            _ => {}
        }
    }
    // The longest context counts for all records. A page that is hidden has two web vitals of one
    // fact, so that this may be half of what there is.
    count * (RECORD + longest_context + longest_visit) + marks * longest_header > LIMIT
}

/// Bytes of telemetry. A page writes no field over 8 KiB and no text over 900 facts, which is
/// less than this even where every address is as long as that.
const LIMIT: u64 = 16 * 1024 * 1024;
/// Bytes of a record without attributes.
const RECORD: u64 = 192;
