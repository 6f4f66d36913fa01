//! Turns a stream of facts into telemetry.

use crate::batch::Batch;
use crate::click::CLICK;
use crate::degraded::DEGRADED;
use crate::document_load::DOCUMENT_LOAD;
use crate::engine_failure::ENGINE_FAILURE;
use crate::exception::{Exceptions, is_injected};
use crate::log;
use crate::page::Page;
use crate::request::Requests;
use crate::session::SESSION_START;
use crate::span::SPAN;
use crate::text::{Fields, records};
use crate::web_vital::WebVitals;
use crate::{FORMAT_BEFORE, FactsError, Telemetry};
use alloc::string::String;
use throughline_otlp::protobuf::Writer;
use throughline_scrub::addresses;
use throughline_wire::facts::{
    FORMAT, RECORD_END, click, context, degraded, document_load, engine_failure, exception, header,
    log as logged, lost, mark, request, request_timing, session_start, span,
};

/// Reads facts as they come, and returns telemetry when it is asked for.
#[derive(Debug)]
pub struct Assembler {
    page: Page,
    batch: Batch,
    requests: Requests,
    exceptions: Exceptions,
    vitals: WebVitals,
    /// The `lost` facts of this batch.
    lost: String,
}

impl Assembler {
    /// An assembler without facts: the first one it reads is a header.
    pub const fn new() -> Self {
        Self {
            page: Page::new(),
            batch: Batch::new(),
            requests: Requests::new(),
            exceptions: Exceptions::new(),
            vitals: WebVitals::new(),
            lost: String::new(),
        }
    }

    /// Reads facts of this version of the format or the one before.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header yet, or it is of a version that is not read here.
    pub fn add(&mut self, facts: &str) -> Result<(), FactsError> {
        for record in records(facts) {
            // The addresses of a request and of its timing are compared before they are scrubbed.
            let scrubbed;
            let record = match record.as_bytes() {
                [request::KIND | request_timing::KIND, ..] => record,
                _ => {
                    scrubbed = addresses(record);
                    &scrubbed
                }
            };
            let fields = Fields::of(record);
            let kind = fields.kind();
            if kind == header::KIND {
                let version = fields.number(header::FORMAT);
                if version != FORMAT && version != FORMAT_BEFORE {
                    return Err(FactsError::Version(version));
                }
                self.page.read_header(record, &fields, version);
            } else if self.page.resource.is_empty() {
                return Err(FactsError::NoHeader);
            } else {
                self.read(kind, record, &fields);
            }
        }
        Ok(())
    }

    /// Whether a batch would have no record now.
    pub fn is_empty(&self) -> bool {
        self.batch.records == 0 && self.requests.is_empty() && self.exceptions.is_empty()
    }

    /// The size of the records that are encoded, in bytes.
    pub fn bytes(&self) -> usize {
        self.batch.spans.as_bytes().len() + self.batch.logs.as_bytes().len()
    }

    /// Whether a request had its response after `since`, ms since the page's time origin, and the
    /// browser may still report its timing.
    pub fn awaits_timing(&self, since: u32) -> bool {
        self.requests.responded_after(u64::from(since) * 1000)
    }

    /// The page's resource, an encoded `Resource`; empty before the header.
    pub fn resource(&self) -> &[u8] {
        &self.page.resource
    }

    /// Appends what the last context says, session and document, to attributes in field `list`.
    pub fn write_context(&self, writer: &mut Writer, list: u32) {
        self.page.write_context(writer, list);
    }

    /// Returns the telemetry since the last call. Page and web vitals stay known.
    pub fn finish(&mut self) -> Telemetry {
        self.requests.finish(&self.page, &mut self.batch);
        self.exceptions.finish(&self.page, &mut self.batch);
        let lost = core::mem::take(&mut self.lost);
        core::mem::replace(&mut self.batch, Batch::new()).finish(&self.page, lost)
    }

    fn read(&mut self, kind: u8, record: &str, fields: &Fields<'_>) {
        let (page, batch) = (&self.page, &mut self.batch);
        match kind {
            context::KIND => {
                // Exceptions so far belong to the session and document before.
                self.exceptions.finish(page, batch);
                self.page.read_context(record, fields);
            }
            mark::KIND => {
                self.finish();
            }
            session_start::KIND => SESSION_START.write(page, fields, batch),
            engine_failure::KIND => ENGINE_FAILURE.write(page, fields, batch),
            degraded::KIND => DEGRADED.write(page, fields, batch),
            request::KIND => self.requests.add(page, fields, batch),
            request_timing::KIND => self.requests.time(page, fields, batch),
            click::KIND => CLICK.write(page, fields, batch),
            document_load::KIND => DOCUMENT_LOAD.write(page, fields, batch),
            exception::KIND if is_injected(fields) => self.lose(INJECTED),
            exception::KIND => self.exceptions.add(page, record, batch),
            span::KIND => SPAN.write(page, fields, batch),
            logged::KIND => log::write(page, fields, batch),
            lost::KIND => self.lose(record),
            _ => {
                if !self.vitals.add(page, kind, record, fields, batch) {
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

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

/// The `lost` fact for a record of an unknown kind: a newer page wrote it.
const UNREADABLE: &str = "X\u{1f}unreadable\u{1f}1";

/// The `lost` fact for an exception of a script that is not the page's.
const INJECTED: &str = "X\u{1f}injected\u{1f}1";

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_wire::DropReason;

    #[test]
    fn what_the_reader_drops_is_counted() {
        for (fact, reason) in [
            (UNREADABLE, DropReason::Unreadable),
            (INJECTED, DropReason::Injected),
        ] {
            let fields = Fields::of(fact);
            assert_eq!(fields.kind(), lost::KIND);
            assert_eq!(fields.text(lost::REASON), reason.as_str());
            assert_eq!(fields.number(lost::COUNT), 1);
        }
    }
}
