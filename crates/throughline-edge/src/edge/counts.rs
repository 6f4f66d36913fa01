//! Exports the counts of outcomes and the metrics of an edge.

use super::{Edge, Inner};
use crate::aggregator::take_deltas;
use crate::host::{Clock, Host, join_all};
use crate::http::Refusal;
use crate::outcome::stats;
use crate::shield::shielded;
use bytes::Bytes;
use http::Response;
use http::request::Parts;

impl Edge {
    /// Exports the metrics and the outcome counts gathered since the last time, if there are
    /// any, or gives them to their owner. `handle`, `take_up` and `end_passing` do so by themselves
    /// when they are due; a host that lives on calls this on a timer and before it ends.
    pub async fn flush_outcomes<H: Host>(&self, host: &H) {
        let Inner {
            reporter,
            pipeline,
            outcomes,
            lags,
            machine,
            handover,
            ..
        } = &*self.inner;
        machine.log_limit.flush(host);
        if !reporter.attempt(host.now_unix_nano()) {
            return;
        }
        if let Some(aggregator) = host.aggregator() {
            let now = host.now_unix_nano();
            let counts = (reporter, outcomes);
            let take = || take_deltas(&self.inner.config, pipeline, counts, now);
            return (handover.give(host, aggregator, &machine.log_limit, take)).await;
        }
        let mut metrics = pipeline.metrics().take(host, pipeline);
        let lags = &lags.get();
        let backends = pipeline.forms_of_own_metrics().into_iter();
        // No backend waits for another, and each is told of its own metrics too.
        let flushes = backends.map(|(backend, form)| {
            let metrics = metrics.take_for(backend);
            async move {
                let turn = pipeline.turn(host, backend).await;
                let _ = pipeline.export(host, metrics).await;
                let to = (backend, form.temporality);
                let now_waiting = (outcomes, &lags[..]);
                reporter.report(host, pipeline, now_waiting, to).await;
                drop(turn);
            }
        });
        let flushes: Vec<_> = flushes.collect();
        join_all(flushes).await;
    }

    /// Exports metrics and counts beside the response, once their interval has passed.
    pub(super) fn report_when_due<H: Host>(&self, host: &H) {
        let inner = &*self.inner;
        shielded(host, &inner.machine.log_limit, || {
            if inner.reporter.is_due(host.now_unix_nano()) {
                let (edge, worker) = (self.clone(), host.clone());
                host.spawn(async move { edge.flush_outcomes(&worker).await });
            }
        });
    }

    /// [Exports](Self::flush_outcomes) them if an interval has passed since the last time.
    pub async fn flush_outcomes_when_due<H: Host>(&self, host: &H) {
        if self.inner.reporter.is_due(host.now_unix_nano()) {
            self.flush_outcomes(host).await;
        }
    }

    /// Begins the counts with the first request.
    pub(super) fn begin_counts<H: Host>(&self, host: &H) {
        let inner = &*self.inner;
        shielded(host, &inner.machine.log_limit, || {
            inner.reporter.begin(host.now_unix_nano());
        });
    }
}

impl Inner {
    /// Responds with the counts of outcomes.
    pub(super) fn stats(
        &self,
        clock: &impl Clock,
        head: &Parts,
    ) -> Result<Response<Bytes>, Refusal> {
        let Some(key) = &self.config.outcomes.stats_key else {
            return Err(self.not_found());
        };
        let now = clock.now_unix_nano();
        stats::respond(&self.machine, key, &head.headers, now)
    }
}
