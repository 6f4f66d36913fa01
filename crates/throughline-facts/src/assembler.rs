//! How does a stream of facts become telemetry?

use crate::batch::{Batch, INFO, WARN, begin_event};
use crate::context::{Context, Header};
use crate::document_load::document_load;
use crate::exception::Exceptions;
use crate::fetch::Requests;
use crate::interaction::interaction;
use crate::record::{Fields, records};
use crate::timing::Timing;
use crate::web_vital::WebVitals;
use crate::{Dropped, FactsError, Telemetry};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;

/// Takes facts as they come and gives telemetry when it is asked.
#[derive(Debug)]
pub struct Assembler {
    header: Header,
    context: Context,
    batch: Batch,
    requests: Requests,
    exceptions: Exceptions,
    vitals: Option<WebVitals>,
    dropped: Vec<Dropped>,
    unreadable: u64,
}

impl Assembler {
    /// Begins with a text whose first record is a header, and takes up the rest of it.
    ///
    /// # Errors
    /// [`FactsError`] when there is no header, or it is of an unknown version.
    pub fn begin(facts: &str) -> Result<Self, FactsError> {
        let (kind, mut fields) = records(facts).next().ok_or(FactsError::NoHeader)?;
        if kind != "H" {
            return Err(FactsError::NoHeader);
        }
        let mut assembler = Self {
            header: Header::read(&mut fields)?,
            context: Context::default(),
            batch: Batch::default(),
            requests: Requests::default(),
            exceptions: Exceptions::default(),
            vitals: None,
            dropped: Vec::new(),
            unreadable: 0,
        };
        for (kind, fields) in records(facts).skip(1) {
            assembler.take_up(kind, fields);
        }
        Ok(assembler)
    }

    /// Takes up more facts.
    pub fn add(&mut self, facts: &str) {
        for (kind, fields) in records(facts) {
            self.take_up(kind, fields);
        }
    }

    /// How many records a batch would have now.
    pub const fn records(&self) -> u64 {
        self.batch.records() + self.exceptions.len() as u64 + self.requests.len() as u64
    }

    /// About how many bytes a batch would have now, before compression.
    pub fn bytes(&self) -> usize {
        self.batch.bytes() + self.exceptions.bytes() + self.requests.bytes()
    }

    /// Whether a request was answered after `since`, ms since the page's time origin, and
    /// the browser may still tell how long its stations took.
    pub fn awaits_timing(&self, since: u32) -> bool {
        self.requests.answered_after(u64::from(since) * 1000)
    }

    /// All telemetry there is; what comes later is measured on.
    pub fn finish(&mut self) -> Telemetry {
        self.requests.finish(&mut self.batch);
        self.exceptions.finish(&mut self.batch);
        Telemetry {
            dropped: core::mem::take(&mut self.dropped),
            unreadable: core::mem::take(&mut self.unreadable),
            ..self.batch.take(&self.header)
        }
    }

    fn take_up(&mut self, kind: &str, mut fields: Fields<'_>) {
        if self.read(kind, &mut fields).is_none() {
            self.unreadable += 1;
        }
    }

    fn read(&mut self, kind: &str, fields: &mut Fields<'_>) -> Option<()> {
        let (context, batch) = (&self.context, &mut self.batch);
        match kind {
            "C" => self.context = Context::read(fields)?,
            "M" => {
                // What was measured stays; what was made of it has been sent.
                self.finish();
            }
            "S" => session_start(context, fields, batch)?,
            "F" => self.requests.add(context, fields, batch)?,
            "R" => {
                let url = fields.text();
                let timing = Timing::read(fields)?;
                self.requests.time(context, batch, url, &timing);
            }
            "I" => interaction(context, fields, batch)?,
            "N" => document_load(context, fields, batch)?,
            "E" => self.exceptions.add(context, fields, batch)?,
            "T" => engine_failure(context, fields, batch)?,
            "X" => self.dropped.push(Dropped {
                reason: fields.text().into(),
                count: fields.number()?,
            }),
            "a" => self.vitals = Some(WebVitals::begin(context, fields, batch)?),
            _ => self.vitals.as_mut()?.add(context, kind, fields, batch)?,
        }
        Some(())
    }
}

fn session_start(context: &Context, fields: &mut Fields<'_>, batch: &mut Batch) -> Option<()> {
    let mut log = begin_event(
        context,
        fields.number()?,
        INFO,
        semconv::SESSION_START,
        None,
    );
    let previous = fields.text();
    if !previous.is_empty() {
        attribute::string(&mut log, ATTRIBUTES, semconv::SESSION_PREVIOUS_ID, previous);
    }
    batch.push_log(log.as_bytes());
    Some(())
}

fn engine_failure(context: &Context, fields: &mut Fields<'_>, batch: &mut Batch) -> Option<()> {
    let name = semconv::THROUGHLINE_ENGINE_FAILURE;
    let mut log = begin_event(context, fields.number()?, WARN, name, None);
    let reason = semconv::THROUGHLINE_ENGINE_FAILURE_REASON;
    attribute::string(&mut log, ATTRIBUTES, reason, fields.text());
    attribute::string(
        &mut log,
        ATTRIBUTES,
        semconv::EXCEPTION_MESSAGE,
        fields.text(),
    );
    batch.push_log(log.as_bytes());
    Some(())
}
