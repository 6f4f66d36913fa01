//! Reduces facts as a page records them to facts that stand for themselves.
//!
//! - A request has its timing.
//! - Equal exceptions are one with a count; those of browser extensions are counted alone.
//! - Web vitals are calculated from measurements, which are left out.
//! - The secrets of addresses are redacted; with the feature `redact` a reducer redacts all that
//!   the edge redacts by default.
//!
//! What is reduced already stays as it is.

mod exceptions;
mod output;
mod pending;
#[cfg(feature = "redact")]
mod redact;
mod requests;
mod version_1;
mod web_vitals;

use crate::injected::is_of_extension;
use crate::text::{Fields, records};
use crate::{FORMAT_BEFORE, FactsError};
use alloc::string::String;
use exceptions::Exceptions;
use output::{Output, push_number};
use requests::Requests;
use throughline_scrub::addresses;
use throughline_wire::facts::{
    FORMAT, RECORD_END, click, context, degraded, document_load, engine_failure, exception, header,
    log, lost, mark, request, request_timing, session_start, span, web_vital,
};
use web_vitals::WebVitals;

/// Reads facts as they come, and returns them reduced when it is asked for.
#[derive(Debug)]
pub struct Reducer {
    /// The header; empty before it is read.
    header: String,
    /// The last context.
    context: String,
    /// Whether the facts are of the version of the format before this one.
    is_version_1: bool,
    output: Output,
    requests: Requests,
    exceptions: Exceptions,
    vitals: WebVitals,
    /// The `lost` facts.
    lost: String,
    /// How many exceptions of browser extensions were dropped.
    injected: u32,
    /// Whether more than addresses is redacted.
    #[cfg(feature = "redact")]
    redacts: bool,
}

/// Facts that stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The text of the facts, behind their header; empty for none.
    pub facts: String,
    /// How many spans and log records they become.
    pub records: u32,
    /// How many exceptions of browser extensions were dropped; a `lost` fact says so too.
    pub injected: u32,
}

impl Reduced {
    /// No facts.
    pub const NONE: Self = Self {
        facts: String::new(),
        records: 0,
        injected: 0,
    };
}

impl Reducer {
    /// A reducer without facts: the first one it reads is a header.
    pub const fn new() -> Self {
        Self {
            header: String::new(),
            context: String::new(),
            is_version_1: false,
            output: Output::new(),
            requests: Requests::new(),
            exceptions: Exceptions::new(),
            vitals: WebVitals::new(),
            lost: String::new(),
            injected: 0,
            #[cfg(feature = "redact")]
            redacts: false,
        }
    }

    /// As [`new`](Self::new); it redacts secrets and personal data by the default rules of the edge,
    /// so that an edge finds nothing more to redact.
    #[cfg(feature = "redact")]
    pub const fn redacting() -> Self {
        let mut reducer = Self::new();
        reducer.redacts = true;
        reducer
    }

    /// Reads facts of this version of the format or the one before.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header yet, or it is of a version that is not read here.
    pub fn add(&mut self, facts: &str) -> Result<(), FactsError> {
        for record in records(facts) {
            let fields = Fields::of(record);
            let kind = fields.kind();
            if kind == header::KIND {
                let version = fields.number(header::FORMAT);
                if version != FORMAT && version != FORMAT_BEFORE {
                    return Err(FactsError::Version(version));
                }
                self.is_version_1 = version != FORMAT;
            } else if self.header.is_empty() {
                return Err(FactsError::NoHeader);
            }
            // The addresses of a request and of its timing are compared before they are redacted.
            if kind == request_timing::KIND {
                self.requests.time(&fields, &mut self.output);
                continue;
            }
            let redacted = self.redacted(kind, record);
            if kind == request::KIND {
                self.requests
                    .add(&self.context, &fields, redacted, &mut self.output);
            } else {
                self.read(kind, redacted);
            }
        }
        Ok(())
    }

    /// Whether nothing is to be sent now.
    pub fn is_empty(&self) -> bool {
        self.output.records == 0
            && self.requests.is_empty()
            && self.exceptions.is_empty()
            && self.lost.is_empty()
            && self.injected == 0
    }

    /// The size of the facts that are reduced, in bytes.
    pub const fn bytes(&self) -> usize {
        self.output.text.len()
    }

    /// Whether a request had its response after `since`, ms since the page's time origin, and the
    /// browser may still report its timing.
    pub fn awaits_timing(&self, since: u32) -> bool {
        self.requests.responded_after(u64::from(since) * 1000)
    }

    /// Returns the facts since the last call. Page and web vitals stay known.
    pub fn finish(&mut self) -> Reduced {
        self.requests.finish(&mut self.output);
        self.exceptions.finish(&self.context, &mut self.output);
        let Output { text, records, .. } = core::mem::replace(&mut self.output, Output::new());
        let mut lost = core::mem::take(&mut self.lost);
        let injected = core::mem::take(&mut self.injected);
        if injected > 0 {
            lost.push_str(INJECTED);
            push_number(&mut lost, injected.into());
            lost.push(char::from(RECORD_END));
        }
        let mut facts = String::new();
        if records > 0 || !lost.is_empty() {
            facts.push_str(&self.header);
            facts.push_str(&text);
            facts.push_str(&lost);
        }
        Reduced {
            facts,
            records,
            injected,
        }
    }

    #[cfg(feature = "redact")]
    fn redacted(&self, kind: u8, record: &str) -> String {
        let redacted = addresses(record);
        if self.redacts {
            return redact::record(kind, &redacted);
        }
        redacted
    }

    #[cfg(not(feature = "redact"))]
    #[expect(
        clippy::unused_self,
        reason = "with the feature `redact` the reducer decides"
    )]
    fn redacted(&self, _kind: u8, record: &str) -> String {
        addresses(record)
    }

    fn read(&mut self, kind: u8, mut record: String) {
        let (context, output) = (&self.context, &mut self.output);
        if self.is_version_1 {
            record = version_1::convert(kind, record);
        }
        match kind {
            header::KIND => {
                self.header = record;
                self.header.push(char::from(RECORD_END));
            }
            context::KIND => {
                // Exceptions so far belong to the session and document before.
                self.exceptions.finish(context, output);
                self.context = record;
            }
            mark::KIND => {
                self.finish();
            }
            exception::KIND if is_dropped(&record) => self.injected += 1,
            exception::KIND => self.exceptions.add(context, &record, output),
            session_start::KIND
            | engine_failure::KIND
            | degraded::KIND
            | click::KIND
            | document_load::KIND
            | span::KIND
            | web_vital::KIND
            | log::KIND => output.push(context, &record),
            lost::KIND => self.lose(&record),
            _ => {
                if !self.vitals.add(context, kind, &record, output) {
                    self.lose(UNREADABLE);
                }
            }
        }
    }

    fn lose(&mut self, record: &str) {
        self.lost.push_str(record);
        self.lost.push(char::from(RECORD_END));
    }
}

impl Default for Reducer {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether an exception is one of a browser extension, and none that the page wants to have all the same.
fn is_dropped(record: &str) -> bool {
    let fields = &Fields::of(record);
    fields.text(exception::INJECTED).is_empty() && is_of_extension(fields)
}

/// The `lost` fact for a record of an unknown kind: a newer page wrote it.
const UNREADABLE: &str = "X\u{1f}unreadable\u{1f}1";

/// The `lost` fact for exceptions of browser extensions, in front of their number.
const INJECTED: &str = "X\u{1f}injected";

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_wire::DropReason;

    #[test]
    fn what_the_reader_drops_is_counted() {
        let injected = alloc::format!("{INJECTED}\u{1f}1");
        for (fact, reason) in [
            (UNREADABLE, DropReason::Unreadable),
            (&injected, DropReason::Injected),
        ] {
            let fields = Fields::of(fact);
            assert_eq!(fields.kind(), lost::KIND);
            assert_eq!(fields.text(lost::REASON), reason.as_str());
            assert_eq!(fields.number(lost::COUNT), 1);
        }
    }
}
