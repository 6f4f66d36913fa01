//! Closes batches and sends them when they are due, and when the page is left.

use super::super::delivery::{Attempt, Reply, Sendable};
use super::super::document;
use super::super::targets::Targets;
use super::{Client, Effect};
use crate::zlib;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;
use throughline_facts::otlp;
use throughline_otlp::protobuf::Writer;
use throughline_wire::DropReason;
use throughline_wire::bundle::{Bundle, Dropped};

impl Client {
    /// Sends what is due, and plans what is due next.
    pub(crate) fn work(&mut self) {
        let now = self.page.clock().ms();
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.close();
        }
        if let Some(attempt) = self.outbox.next(now, self.share()) {
            self.post(attempt);
        }
        let is_done = self.outbox.is_empty();
        let ended = (self.flushes).extract_if(.., |(until, _)| is_done || *until <= now);
        self.effects
            .extend(ended.map(|(_, waker)| Effect::Wake(waker)));
        self.set_timer(now);
    }

    /// Settles a request.
    pub(crate) fn settle(&mut self, id: u64, reply: Reply) {
        let [random] = document::random(&*self.page);
        let now = self.page.clock().ms();
        self.outbox
            .settle(id, reply, now, f64::from(random) / 256.0);
        self.work();
    }

    /// The timer has fired.
    pub(crate) fn woken(&mut self) {
        self.timer = None;
        self.work();
    }

    /// Sends all at once, because the page is hidden and may be gone next.
    pub(crate) fn hidden(&mut self) {
        self.close();
        for attempt in self.outbox.all(self.share()) {
            self.post(attempt);
        }
    }

    /// Sends what outlives the page, which ends, and the counts of what does not.
    pub(crate) fn ends(&mut self) {
        self.document_loaded();
        self.close();
        for attempt in self.outbox.last(self.share()) {
            self.post(attempt);
        }
        self.close();
        for attempt in self.outbox.last(self.share()) {
            self.post(attempt);
        }
    }

    /// Closes the open batch and gives it to the outbox.
    pub(crate) fn close(&mut self) {
        self.deadline = None;
        self.is_first = false;
        let facts = otlp::write(&self.reducer.finish().facts);
        let batch = std::mem::take(&mut self.batch);
        let records = u64::from(facts.records) + batch.records();
        for (reason, count) in facts.dropped() {
            *self.lost.entry(DropReason::named(reason)).or_default() += count;
        }
        for (reason, count) in self.outbox.take_lost() {
            *self.lost.entry(reason).or_default() += count;
        }
        let lost = std::mem::take(&mut self.lost);
        if records == 0 && lost.is_empty() {
            return;
        }
        let resource = self.described.resource();
        let body = self.encode(
            [facts.traces, batch.traces(resource)].concat(),
            [facts.logs, batch.logs(resource)].concat(),
            &lost,
        );
        self.outbox.push(Sendable {
            body,
            records,
            lost,
        });
    }

    /// Whether everything that was recorded so far is settled; else the waker is called then, or at
    /// `until`, ms since the page's time origin.
    pub(crate) fn is_flushed(&mut self, until: u64, waker: &Waker) -> bool {
        let now = self.page.clock().ms();
        let is_flushed = self.outbox.is_empty() || until <= now;
        if !is_flushed {
            self.flushes.push((until, waker.clone()));
            self.set_timer(now);
        }
        is_flushed
    }

    /// Two requests of which one after the other is concatenated are one request: their fields
    /// repeat.
    fn encode(&self, traces: Vec<u8>, logs: Vec<u8>, lost: &BTreeMap<DropReason, u64>) -> Rc<[u8]> {
        let mut writer = Writer::new();
        let batch_id: [u8; 16] = document::random(&*self.page);
        Bundle {
            traces: &traces,
            logs: &logs,
            sent_at_unix_nano: self.page.clock().unix_micros() * 1000,
            batch_id: &batch_id,
            ..Bundle::default()
        }
        .encode(&mut writer);
        for (reason, &count) in lost {
            let reason = reason.as_str();
            Dropped { reason, count }.encode(&mut writer);
        }
        zlib::compress(writer.as_bytes()).into()
    }

    pub(super) fn set_timer(&mut self, now: u64) {
        let flushes = self.flushes.iter().map(|(until, _)| *until);
        let next = (flushes.chain(self.deadline).chain(self.outbox.due())).min();
        if let Some(next) = next
            && self.timer.is_none_or(|timer| next < timer)
        {
            self.timer = Some(next);
            let wait = u32::try_from(next.saturating_sub(now)).unwrap_or(u32::MAX);
            self.effects
                .push(Effect::WakeIn(wait.min(LONGEST_TIMER_MS)));
        }
    }

    fn post(&mut self, attempt: Attempt) {
        self.effects
            .push(Effect::Post(Rc::clone(&self.address), attempt));
    }
}

/// The address that Bundles are posted to.
pub(super) fn address(targets: &Targets, key: Option<&str>) -> String {
    let encoded = key.map(|key| {
        let mut encoded = String::from("?key=");
        for byte in key.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
        encoded
    });
    format!("{}{}", targets.bundle(), encoded.unwrap_or_default())
}

/// An hour; timers of browsers overflow after 24 days.
const LONGEST_TIMER_MS: u32 = 3_600_000;
