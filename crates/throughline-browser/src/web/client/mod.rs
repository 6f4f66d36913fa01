//! The page's client: gathers records into batches and decides when they are sent.

mod running;
mod sending;

use super::delivery::{Attempt, Batch, Outbox, Scope};
use super::document::{self, DocumentLoad};
use super::options::{InitError, Options};
use super::page::{Fact, Page, header};
use super::record::{LogRecord, SpanRecord};
use super::session::Session;
use super::targets::Targets;
use opentelemetry::trace::SpanContext;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;
use throughline_facts::Reducer;
use throughline_facts::otlp::Page as Described;
use throughline_scrub::addresses;
use throughline_trace_context::hex;
use throughline_wire::DropReason;
use throughline_wire::facts::{context, session_start};

pub(crate) use running::{page, settled, start, stop, with, woken};

/// The client of a page.
pub(crate) struct Client {
    page: Rc<dyn Page>,
    pub(crate) targets: Rc<Targets>,
    address: Rc<str>,
    /// Facts are reduced as in the engine of the JavaScript package.
    reducer: Reducer,
    /// The page as the facts describe it.
    described: Described,
    batch: Batch,
    outbox: Outbox,
    session: Session,
    document: DocumentLoad,
    /// Whether the person has clicked or typed.
    is_used: bool,
    /// The context fact that holds now.
    place: String,
    lost: BTreeMap<DropReason, u64>,
    /// When the open batch is due, ms since the page's time origin.
    deadline: Option<u64>,
    /// The same of the timer that is set.
    timer: Option<u64>,
    /// When a batch was sent before its time.
    hurried: u64,
    is_first: bool,
    flushes: Vec<(u64, Waker)>,
    effects: Vec<Effect>,
}

/// An effect on the page, which has to wait until the client is not borrowed: the page's own
/// code may run in it, and record something.
pub(crate) enum Effect {
    Post(Rc<str>, Attempt),
    WakeIn(u32),
    Wake(Waker),
}

impl Client {
    /// The client of a page; `script` is the span that is open for the JavaScript package.
    pub(crate) fn new(
        page: Rc<dyn Page>,
        options: &Options,
        script: Option<SpanContext>,
    ) -> Result<Self, InitError> {
        let targets = Targets::parse(options, &*page)?;
        let (mut reducer, mut described) = (Reducer::new(), Described::new());
        let header = header(options, &page.browser());
        described.read(&addresses(&header));
        // The header is of this version of the format.
        let _ = reducer.add(&header);
        let mut client = Self {
            address: sending::address(&targets, options.key.as_deref()).into(),
            targets: Rc::new(targets),
            reducer,
            described,
            batch: Batch::default(),
            outbox: Outbox::new(),
            session: Session::default(),
            document: DocumentLoad::identify(&*page, script),
            is_used: false,
            place: String::new(),
            lost: BTreeMap::new(),
            deadline: None,
            timer: None,
            hurried: 0,
            is_first: true,
            flushes: Vec::new(),
            effects: Vec::new(),
            page,
        };
        let stored = client.page.stored_session();
        let session = stored.and_then(|stored| Session::parse(&stored));
        client.session = session.unwrap_or_default();
        client.touch();
        Ok(client)
    }

    /// Records a span.
    pub(crate) fn span(&mut self, scope: &Scope, span: &SpanRecord) {
        if self.admits(1) {
            self.locate();
            let described = &self.described;
            self.batch.add_span(scope, |writer| {
                span.write(writer, |writer, list| described.write_context(writer, list));
            });
            self.plan(AGE_MS);
        }
    }

    /// Records a log record.
    pub(crate) fn log(&mut self, scope: &Scope, record: &LogRecord) {
        if self.admits(1) {
            self.locate();
            let described = &self.described;
            self.batch.add_log(scope, |writer| {
                record.write(writer, |writer, list| described.write_context(writer, list));
            });
            self.plan(AGE_MS);
        }
    }

    /// Records a fact that becomes a record.
    pub(crate) fn fact(&mut self, fact: &str) {
        if self.admits(1) {
            self.locate();
            if self.reducer.add(fact).is_err() {
                self.lose(DropReason::Unreadable, 1);
            }
            self.plan(AGE_MS);
        }
    }

    /// Sends the open batch soon, for a record that cannot wait.
    pub(crate) fn hurry(&mut self) {
        let now = self.page.clock().ms();
        self.plan(URGENT_MS.max((self.hurried + URGENT_GAP_MS).saturating_sub(now)));
        self.hurried = now;
    }

    /// The page is used: its session goes on, or a new one starts.
    pub(crate) fn presence(&mut self) {
        self.is_used = true;
        self.touch();
    }

    /// Records the document's load, as far as it has come; the JavaScript package does where it is.
    pub(crate) fn document_loaded(&mut self) {
        if self.page.has_script() {
            return;
        }
        let navigation = self.page.navigation();
        if let Some(fact) = self.document.record(navigation.as_ref(), self.page.clock()) {
            self.fact(&fact);
        }
    }

    /// Begins a span below `parent`, else below what is open in the page; `script` is what is
    /// open for the JavaScript package. Returns the parent too.
    pub(crate) fn begin(
        &self,
        parent: Option<SpanContext>,
        script: Option<SpanContext>,
    ) -> (SpanContext, Option<SpanContext>) {
        let parent = parent.or_else(|| self.open_span(script));
        (document::child(&*self.page, parent.as_ref()), parent)
    }

    /// Begins the first span of a new trace.
    pub(crate) fn begin_trace(&self) -> SpanContext {
        document::child(&*self.page, None)
    }

    /// The span that is open in the page. A request of the page's first minute, before anything
    /// else happens, is a part of its load; without an interaction it is none afterwards.
    pub(crate) fn open_span(&self, script: Option<SpanContext>) -> Option<SpanContext> {
        let document = &self.document.context;
        let is_loading = self.page.clock().ms() < LOAD_MS;
        match script {
            Some(span) => (span != *document || is_loading).then_some(span),
            None => (!self.is_used && is_loading).then(|| document.clone()),
        }
    }

    /// The context of the document's load.
    pub(crate) const fn document(&self) -> &SpanContext {
        &self.document.context
    }

    /// The page.
    pub(crate) fn page(&self) -> &Rc<dyn Page> {
        &self.page
    }

    /// Effects on the page that are to be made once the client is not borrowed.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Bytes that may be in flight and outlive the page. The JavaScript package may start later.
    fn share(&self) -> usize {
        if self.page.has_script() { REST } else { SHARE }
    }

    /// Whether there is room for so many records; else they are counted.
    fn admits(&mut self, records: u64) -> bool {
        let is_full = self.batch.bytes() + self.reducer.bytes() > MOST_BYTES;
        if is_full {
            self.lose(DropReason::QueueFull, records);
        }
        !is_full
    }

    fn lose(&mut self, reason: DropReason, records: u64) {
        *self.lost.entry(reason).or_default() += records;
    }

    /// Makes session and address of the records that follow known.
    fn locate(&mut self) {
        let session = self.page.script_session();
        let place = Fact::new(context::KIND)
            .value(self.page.clock().origin)
            .text(session.as_deref().unwrap_or(self.session.id()))
            .text(&self.page.address())
            .end();
        if place != self.place {
            // A header is there.
            let _ = self.reducer.add(&place);
            self.described.read(&addresses(&place));
            self.place = place;
        }
    }

    /// Continues the session, unless the JavaScript package does.
    fn touch(&mut self) {
        if self.page.has_script() {
            return;
        }
        let clock = self.page.clock();
        let page = Rc::clone(&self.page);
        let started = self.session.touch(clock.unix_micros() / 1000, || {
            hex::encode(&document::random::<16>(&*page))
        });
        self.page.store_session(&self.session.format());
        if let Some(previous) = started {
            let fact = Fact::new(session_start::KIND)
                .value(clock.elapsed)
                .span(None)
                .text(&previous);
            self.fact(&fact.end());
        }
    }

    /// Plans the end of the open batch in `ms` at the latest; at once when it is full.
    fn plan(&mut self, ms: u64) {
        let now = self.page.clock().ms();
        let ms = match self.batch.bytes() + self.reducer.bytes() {
            FULL_BYTES.. => 0,
            _ if self.is_first => ms.min(FIRST_MS),
            _ => ms,
        };
        let deadline = now + ms;
        self.deadline = Some(
            self.deadline
                .map_or(deadline, |before| before.min(deadline)),
        );
        self.set_timer(now);
    }
}

/// Bytes of the 64 KiB that a browser lets outlive a page; the rest is the page's own.
const SHARE: usize = 48 * 1024;
/// The same beside the JavaScript package, which takes 48 KiB.
const REST: usize = 12 * 1024;
/// How old the first batch becomes, and every other.
const FIRST_MS: u64 = 1_000;
const AGE_MS: u64 = 5_000;
/// How long an error waits for what else goes wrong, and the shortest time between batches for errors.
const URGENT_MS: u64 = 300;
const URGENT_GAP_MS: u64 = 2_000;
/// Bytes before compression with which a batch is sent, and with which it takes no more records.
const FULL_BYTES: usize = 16 * 1024;
const MOST_BYTES: usize = 256 * 1024;
/// A page may poll for hours without an interaction: that is no part of its load.
const LOAD_MS: u64 = 60_000;

#[cfg(test)]
mod tests;
