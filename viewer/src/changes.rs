//! Notifies subscribers of new telemetry, as server-sent events.
//!
//! Each subscriber has one pending change, into which later changes merge until it is
//! read: a slow reader gets fewer, larger events and uses no more memory.

use crate::decode::TraceId;
use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::json;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use throughline_trace_context::hex;

/// Server-sent events without end: the body of the response to `GET /api/events`.
///
/// The stream has no timer; dropping it ends the subscription.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html>
#[must_use = "events are sent only while the body is read"]
pub struct Events {
    subscriber: Arc<Subscriber>,
}

impl Events {
    /// The next event, ready to be sent.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        let mut pending = self.subscriber.lock();
        match pending.change.take() {
            Some(change) => Poll::Ready(change.server_sent_event()),
            None => {
                pending.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_next(context)
            .map(|event| Some(Ok(Frame::data(event))))
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Events").finish_non_exhaustive()
    }
}

/// The parts of the store that a batch changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    pub(crate) traces: BTreeSet<TraceId>,
    pub(crate) logs: bool,
    pub(crate) exceptions: bool,
    pub(crate) web_vitals: bool,
    pub(crate) edge: bool,
    pub(crate) metrics: bool,
    pub(crate) exemplars: bool,
    pub(crate) evicted: bool,
    /// Whether more traces changed than `traces` lists.
    pub(crate) more: bool,
}

impl Change {
    fn is_empty(&self) -> bool {
        self.traces.is_empty()
            && !(self.logs
                || self.exceptions
                || self.web_vitals
                || self.edge
                || self.metrics
                || self.exemplars
                || self.evicted)
    }

    fn merge(&mut self, other: &Self) {
        self.logs |= other.logs;
        self.exceptions |= other.exceptions;
        self.web_vitals |= other.web_vitals;
        self.edge |= other.edge;
        self.metrics |= other.metrics;
        self.exemplars |= other.exemplars;
        self.evicted |= other.evicted;
        self.more |= other.more;
        for trace_id in &other.traces {
            if self.traces.len() < MAX_TRACES {
                self.traces.insert(*trace_id);
            } else {
                self.more |= !self.traces.contains(trace_id);
            }
        }
    }

    fn server_sent_event(&self) -> Bytes {
        let json = json!({
            "traces": self.traces.iter().map(|id| hex::encode(id)).collect::<Vec<_>>(),
            "more_traces": self.more,
            "logs": self.logs,
            "errors": self.exceptions,
            "vitals": self.web_vitals,
            "edge": self.edge,
            "metrics": self.metrics,
            "exemplars": self.exemplars,
            "evicted": self.evicted,
        });
        Bytes::from(format!("event: telemetry\ndata: {json}\n\n"))
    }
}

/// The subscribers to changes.
#[derive(Default)]
pub(crate) struct Changes {
    subscribers: Mutex<Vec<Weak<Subscriber>>>,
}

impl Changes {
    /// The first change of a subscriber is empty: the stream is open.
    pub(crate) fn subscribe(&self) -> Events {
        let subscriber = Arc::new(Subscriber(Mutex::new(Pending {
            change: Some(Change::default()),
            waker: None,
        })));
        let mut subscribers = lock(&self.subscribers);
        subscribers.retain(|known| known.strong_count() > 0);
        subscribers.push(Arc::downgrade(&subscriber));
        Events { subscriber }
    }

    pub(crate) fn publish(&self, change: &Change) {
        if change.is_empty() {
            return;
        }
        for subscriber in &*lock(&self.subscribers) {
            let Some(subscriber) = subscriber.upgrade() else {
                continue;
            };
            let mut pending = subscriber.lock();
            pending
                .change
                .get_or_insert_with(Change::default)
                .merge(change);
            if let Some(waker) = pending.waker.take() {
                waker.wake();
            }
        }
    }
}

struct Subscriber(Mutex<Pending>);

struct Pending {
    change: Option<Change>,
    waker: Option<Waker>,
}

impl Subscriber {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        lock(&self.0)
    }
}

/// No panic can leave the state under these locks inconsistent, so poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Trace ids in one event; with more, the page reloads its list anyway.
const MAX_TRACES: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn next(events: &mut Events) -> Option<String> {
        match events.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => Some(String::from_utf8(event.to_vec()).unwrap()),
            Poll::Pending => None,
        }
    }

    fn change(trace: u16) -> Change {
        let mut id = [1; 16];
        id[..2].copy_from_slice(&trace.to_be_bytes());
        Change {
            traces: BTreeSet::from([id]),
            ..Change::default()
        }
    }

    #[test]
    fn a_slow_reader_gets_one_event_for_many_changes() {
        let changes = Changes::default();
        let mut events = changes.subscribe();
        assert!(next(&mut events).is_some_and(|event| event.contains("\"traces\":[]")));
        for trace in 0..1_000 {
            changes.publish(&change(trace));
        }
        let event = next(&mut events).unwrap();
        assert!(event.contains("\"more_traces\":true"), "{event}");
        assert_eq!(next(&mut events), None);
    }

    #[test]
    fn a_dropped_subscriber_is_removed() {
        let changes = Changes::default();
        drop(changes.subscribe());
        let _events = changes.subscribe();
        assert_eq!(lock(&changes.subscribers).len(), 1);
    }
}
