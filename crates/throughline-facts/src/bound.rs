//! How much telemetry may a text of facts become?

use crate::record::records;

/// Whether the telemetry might be over the limit.
///
/// Every record of a page names the session and the address of its document, so a short
/// text that gives a long address once and then happens a lot would become gigabytes.
pub(crate) fn is_too_large(facts: &str) -> bool {
    let (mut count, mut marks) = (0, 0);
    let (mut header, mut context, mut visit) = (0, 0, 0);
    for record in records(facts) {
        let length = record.rest().len() as u64;
        count += 1;
        match record.rest().as_bytes() {
            [b'H', ..] => header = header.max(length),
            [b'C', ..] => context = context.max(length),
            [b'a', ..] => visit = visit.max(length),
            // What was made so far is made into a request, and forgotten.
            [b'M', ..] => marks += 1,
            _ => {}
        }
    }
    // A request that waits is told with the context that is known when it is told, so it is
    // the longest that counts, for all of them.
    count * (RECORD + context + visit) + marks * header > LIMIT
}

/// Bytes of telemetry. A page writes no field over 8 KiB and no text over 900 facts, which is
/// less than this even where every address is as long as that.
const LIMIT: u64 = 16 * 1024 * 1024;
/// Bytes that a record takes which says nothing.
const RECORD: u64 = 192;
