//! Symbolication on the way to the backends: a second pass over batches whose exceptions name
//! scripts, once their positions are looked up.

use super::{Accepted, Pipeline};
use crate::batch::Batch;
use crate::exporter::Room;
use crate::exporter::durable::STORE_TIMEOUT;
use crate::host::{Host, timeout};
use crate::lease::Lease;
use crate::processor::Wanted;
use throughline_otlp::Signal;

/// Batches whose exceptions are to be looked up before they go on.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pub(super) batches: Vec<Batch>,
    /// The room that was found for them.
    pub(super) room: Room,
    /// The memory that they take of it meanwhile.
    pub(super) held: Vec<Lease>,
}

impl Pipeline {
    /// Whether the exceptions of a batch that names scripts are looked up.
    pub(super) fn is_unread<H: Host>(&self, host: &H, batch: &Batch) -> bool {
        batch.signal == Signal::Logs
            && batch.sender.project.is_some()
            && batch.ticket.is_counted()
            && self.source_maps.has_store(host)
    }

    /// Looks up the exceptions of batches, and lets these go on, as a piece of work of its own: the
    /// sender may go away. The future that is returned ends once those are stored that are to be
    /// stored before the response.
    pub(super) fn symbolicate_later<'h, H: Host>(
        &self,
        host: &'h H,
        unread: Unread,
    ) -> impl Future<Output = ()> + use<'h, H> {
        let Unread {
            batches,
            room,
            held,
        } = unread;
        let are_stored = batches.iter().any(|batch| self.exporter.stores(batch));
        let ended = (!batches.is_empty()).then(|| {
            let (notifier, ended) = host.notification();
            let (pipeline, worker) = (self.clone(), host.clone());
            host.spawn(async move {
                let batches = pipeline.symbolicate(&worker, batches).await;
                let accepted = pipeline.routed(&worker, batches, &room);
                drop(held);
                pipeline.store_now(&worker, accepted).await;
                notifier.notify();
            });
            ended
        });
        let longest = self.source_maps.wait() + STORE_TIMEOUT;
        async move {
            if let Some(ended) = ended.filter(|_| are_stored) {
                timeout(host, longest, ended).await;
            }
        }
    }

    /// Holds the memory of batches for topics of which some are to be looked up: the topics know
    /// nothing of them before.
    pub(super) fn hold_for_topics<H: Host>(&self, host: &H, batches: &[(Batch, bool)]) -> Lease {
        let unread = batches.iter().filter(|(_, is_unread)| *is_unread);
        let bytes = unread.map(|(batch, _)| batch.request.len()).sum();
        (self.unread_for_topics).hold(bytes, host.now_unix_nano(), u64::MAX)
    }

    /// The batches with the places of their exceptions, as far as they were found in time. Each
    /// has the records that it had.
    pub(super) async fn symbolicate<H: Host>(
        &self,
        host: &H,
        mut batches: Vec<Batch>,
    ) -> Vec<Batch> {
        let until =
            (host.now_unix_nano()).saturating_add(self.source_maps.wait().as_nanos() as u64);
        for batch in &mut batches {
            let Some(project) = &batch.sender.project else {
                continue;
            };
            let wanted = Wanted::of(&batch.request);
            let places = (self.source_maps)
                .look_up(host, &self.log_limit, project.name(), &wanted, until)
                .await;
            let (request, counts) = self.processor.symbolicate(&batch.request, &places);
            self.outcomes.symbolicated(&counts);
            batch.ticket.hold(request.len());
            batch.request = request;
        }
        batches
    }

    /// The same of batches of which some are to be looked up.
    pub(super) async fn readable<H: Host>(
        &self,
        host: &H,
        batches: Vec<(Batch, bool)>,
    ) -> Vec<Batch> {
        let (unread, others): (Vec<_>, Vec<_>) =
            batches.into_iter().partition(|(_, is_unread)| *is_unread);
        let unread = unread.into_iter().map(|(batch, _)| batch).collect();
        let mut batches = self.symbolicate(host, unread).await;
        batches.extend(others.into_iter().map(|(batch, _)| batch));
        batches
    }

    /// Batches on their way: those that wait for their trace, and the others to their backends.
    pub(super) fn routed<H: Host>(&self, host: &H, batches: Vec<Batch>, room: &Room) -> Accepted {
        let waits = |batch: &Batch| self.judge.as_ref().is_some_and(|judge| judge.takes(batch));
        let (waiting, others): (Vec<_>, Vec<_>) = batches.into_iter().partition(waits);
        Accepted {
            routed: self.exporter.route(host, others, room),
            waiting,
            ..Accepted::default()
        }
    }
}
