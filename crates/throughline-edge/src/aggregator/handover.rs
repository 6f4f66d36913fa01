//! Gives the metrics of one edge to their owner, each once.

use super::deltas::{Deltas, Part};
use crate::config::Config;
use crate::host::{Aggregator, Host, Level};
use crate::log_limit::LogLimit;
use crate::outcome::Outcomes;
use crate::outcome::report::Reporter;
use crate::pipeline::Pipeline;
use bytes::Bytes;
use core::cell::RefCell;

/// The metrics that an edge has given to their owner, and gives now. Where it is not known
/// whether the owner has something, the same bytes are given again, and all that is counted
/// meanwhile waits.
#[derive(Debug, Default)]
pub(crate) struct Handover(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    /// The id of this edge; `None` before the first time.
    sender: Option<u64>,
    /// The number of what is pending, or was given last.
    sequence: u64,
    pending: Option<Bytes>,
    /// Until when it is being given, in ns since the Unix epoch: a platform may cancel that.
    busy_until: u64,
}

/// Takes the metrics and the counts that their owner does not have yet, each with the name of the
/// backend that it is for.
pub(crate) fn take_deltas(
    config: &Config,
    pipeline: &Pipeline,
    (reporter, outcomes): (&Reporter, &Outcomes),
    now_unix_nano: u64,
) -> Vec<(Box<str>, Bytes)> {
    let names = config.backend_names();
    let forms = pipeline.forms_of_own_metrics().into_iter();
    let counts = forms.filter_map(|(backend, _)| {
        let delta = reporter.take_delta(outcomes, backend, now_unix_nano);
        Some((backend, delta?))
    });
    let measured = pipeline.metrics().take_deltas(now_unix_nano);
    let all = measured.into_iter().chain(counts);
    all.filter_map(|(backend, request)| Some((names.get(backend)?.clone(), request)))
        .collect()
}

impl Handover {
    /// Gives what is pending, and then what `take` takes: the name of a backend, and an OTLP
    /// request for it.
    pub(crate) async fn give<H: Host>(
        &self,
        host: &H,
        aggregator: &H::Aggregator,
        log_limit: &LogLimit,
        take: impl FnOnce() -> Vec<(Box<str>, Bytes)>,
    ) {
        if !self.begin(host.now_unix_nano()) {
            return;
        }
        let pending = self.0.borrow().pending.clone();
        let is_free = match pending {
            Some(pending) => self.give_one(host, aggregator, log_limit, pending).await,
            None => true,
        };
        if is_free && let Some(deltas) = self.prepare(host, take) {
            self.give_one(host, aggregator, log_limit, deltas).await;
        }
        self.0.borrow_mut().busy_until = 0;
    }

    fn begin(&self, now_unix_nano: u64) -> bool {
        let mut state = self.0.borrow_mut();
        let is_free = state.busy_until <= now_unix_nano
            || state.busy_until > now_unix_nano.saturating_add(LONGEST_NANO);
        if is_free {
            state.busy_until = now_unix_nano.saturating_add(LONGEST_NANO);
        }
        is_free
    }

    /// Takes what was counted; it is pending from now on.
    fn prepare<H: Host>(
        &self,
        host: &H,
        take: impl FnOnce() -> Vec<(Box<str>, Bytes)>,
    ) -> Option<Bytes> {
        let mut state = self.0.borrow_mut();
        if state.sender.is_none() {
            let mut random = [0; 8];
            // Without an id of its own it waits.
            host.fill_random(&mut random).ok()?;
            state.sender = Some(u64::from_le_bytes(random));
        }
        let parts = take();
        if parts.is_empty() {
            return None;
        }
        state.sequence += 1;
        let deltas = Deltas {
            sender: state.sender?,
            sequence: state.sequence,
            parts: (parts.iter())
                .map(|(backend, request)| Part { backend, request })
                .collect(),
        };
        let deltas = deltas.encode();
        let deltas = Bytes::from(deltas);
        state.pending = Some(deltas.clone());
        Some(deltas)
    }

    /// Whether the owner has it.
    async fn give_one<H: Host>(
        &self,
        host: &H,
        aggregator: &H::Aggregator,
        log_limit: &LogLimit,
        deltas: Bytes,
    ) -> bool {
        match aggregator.add(deltas).await {
            Ok(()) => {
                self.0.borrow_mut().pending = None;
                true
            }
            Err(error) => {
                let line = || format!("{error}; they are given to it again");
                log_limit.log(host, Level::Warning, "metrics of an edge", line);
                false
            }
        }
    }
}

/// The time in ns after which giving was cancelled.
const LONGEST_NANO: u64 = 30_000_000_000;
