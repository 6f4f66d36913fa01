//! How does a stream of facts become telemetry?

use crate::attributes::{self, Form};
use crate::batch::{Batch, INFO, WARN};
use crate::exception::Exceptions;
use crate::page::Page;
use crate::record::{Fields, append, records};
use crate::request::{Requests, TIMING};
use crate::span::{INTERACTION, span};
use crate::web_vital::WebVitals;
use crate::{FactsError, Telemetry};
use alloc::string::String;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;

/// Takes facts as they come and gives telemetry when it is asked.
#[derive(Debug)]
pub struct Assembler {
    page: Page,
    batch: Batch,
    requests: Requests,
    exceptions: Exceptions,
    vitals: WebVitals,
    /// Facts of what was lost.
    lost: String,
}

impl Assembler {
    /// One that knows nothing yet: the first fact is a header.
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

    /// Takes up facts.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header yet, or it is of an unknown version.
    pub fn add(&mut self, facts: &str) -> Result<(), FactsError> {
        for mut fields in records(facts) {
            let kind = fields.text();
            if kind == "H" {
                if fields.text() != FORMAT {
                    return Err(FactsError::Version);
                }
                self.page.begin(&mut fields);
            } else if self.page.resource.is_empty() {
                return Err(FactsError::NoHeader);
            } else if self.take_up(kind, &mut fields).is_none() {
                append(&mut self.lost, UNREADABLE);
            }
        }
        Ok(())
    }

    /// Whether a batch would have no record now.
    pub const fn is_empty(&self) -> bool {
        self.batch.records == 0 && self.requests.is_empty() && self.exceptions.is_empty()
    }

    /// How many bytes of a batch are encoded.
    pub fn bytes(&self) -> usize {
        self.batch.spans.as_bytes().len() + self.batch.logs.as_bytes().len()
    }

    /// Whether a request was answered after `since`, ms since the page's time origin, and
    /// the browser may still tell how long its stations took.
    pub fn awaits_timing(&self, since: u32) -> bool {
        self.requests.answered_after(u64::from(since) * 1000)
    }

    /// All telemetry there is; what comes later is measured on.
    pub fn finish(&mut self) -> Telemetry {
        self.requests.finish(&self.page, &mut self.batch);
        self.exceptions.finish(&self.page, &mut self.batch);
        let lost = core::mem::take(&mut self.lost);
        core::mem::replace(&mut self.batch, Batch::new()).finish(&self.page, lost)
    }

    fn take_up(&mut self, kind: &str, fields: &mut Fields<'_>) -> Option<()> {
        let (page, batch) = (&self.page, &mut self.batch);
        match kind {
            "C" => {
                // What was thrown before, was thrown on the page before.
                self.exceptions.finish(page, batch);
                self.page.change(fields);
            }
            "M" => {
                // What was measured stays; what was made of it has been sent.
                self.finish();
            }
            "S" => event(page, semconv::SESSION_START, INFO, fields, &SESSION, batch),
            "T" => event(
                page,
                semconv::THROUGHLINE_ENGINE_FAILURE,
                WARN,
                fields,
                &FAILURE,
                batch,
            ),
            "F" => self.requests.add(page, *fields, batch),
            "R" => self.requests.time(page, fields, batch),
            "I" => span(page, fields, &INTERACTION, batch),
            "N" => span(page, fields, &TIMING, batch),
            "E" => self.exceptions.add(page, *fields, batch),
            "X" => append(&mut self.lost, fields.rest()),
            _ => self.vitals.add(page, kind, fields, batch)?,
        }
        Some(())
    }
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

/// Appends an event that says no more than its fields.
fn event(
    page: &Page,
    name: &str,
    severity: u64,
    fields: &mut Fields<'_>,
    table: &[(Form, &str)],
    batch: &mut Batch,
) {
    let at = fields.number();
    let open = batch.open_event(page, at, severity, name, fields);
    attributes::write(&mut batch.logs, ATTRIBUTES, fields, table);
    batch.logs.close(open);
}

const SESSION: [(Form, &str); 1] = [(Form::Text, semconv::SESSION_PREVIOUS_ID)];

const FAILURE: [(Form, &str); 2] = [
    (Form::Text, semconv::THROUGHLINE_ENGINE_FAILURE_REASON),
    (Form::Text, semconv::EXCEPTION_MESSAGE),
];

/// What is lost with a record that is none: capture and this code are out of step.
const UNREADABLE: &str = "unreadable\u{1f}1";

/// The version of the format that this code knows.
const FORMAT: &str = "1";
