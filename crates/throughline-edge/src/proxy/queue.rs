//! Collects the proxy's spans for a moment, so that they are exported together.

use crate::batch::{Batch, Sender};
use crate::host::Host;
use crate::identity;
use crate::outcome::Ticket;
use crate::pipeline::Pipeline;
use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, envelope};
use throughline_semconv as semconv;

/// A queue of spans that wait to be exported. Cloning gives the same queue.
#[derive(Debug, Clone)]
pub(crate) struct SpanQueue {
    service_name: Rc<str>,
    pipeline: Pipeline,
    waiting: Rc<RefCell<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// `record` fields of a scope group.
    spans: Vec<u8>,
    ticket: Option<Ticket>,
    /// When the export that was scheduled is overdue, in ns since the Unix epoch; 0 when
    /// none is scheduled.
    overdue_unix_nano: u64,
}

impl SpanQueue {
    pub(crate) fn new(service_name: &str, pipeline: Pipeline) -> Self {
        Self {
            service_name: service_name.into(),
            pipeline,
            waiting: Rc::default(),
        }
    }

    /// Adds spans that end now, and schedules their export. `write` appends them as `record`
    /// fields of a scope group, with this time in ns since the Unix epoch, and returns how many.
    pub(crate) fn push<H: Host>(&self, host: &H, write: impl FnOnce(&mut Writer, u64) -> u64) {
        let now = host.now_unix_nano();
        let mut writer = Writer::new();
        let records = write(&mut writer, now);
        let mut waiting = self.waiting.borrow_mut();
        let Waiting { spans, ticket, .. } = &mut *waiting;
        // First: spans without a ticket would not be counted.
        let ticket = ticket.get_or_insert_with(|| self.pipeline.ticket(host, Signal::Traces, 0));
        spans.extend_from_slice(writer.as_bytes());
        ticket.count_records(ticket.records() + records);
        ticket.hold(spans.len());
        // A platform may have cancelled the scheduled export: then this request's replaces it.
        // A clock that was set back does not make it wait for longer.
        let overdue = waiting.overdue_unix_nano;
        if now < overdue && overdue - now <= OVERDUE_NANO {
            return;
        }
        drop(waiting);
        let (queue, worker) = (self.clone(), host.clone());
        host.spawn(async move {
            if !worker.delays_response() {
                worker.sleep(DELAY).await;
            }
            queue.flush(&worker).await;
        });
        self.waiting.borrow_mut().overdue_unix_nano = now.saturating_add(OVERDUE_NANO);
    }

    async fn flush<H: Host>(&self, host: &H) {
        let Waiting { spans, ticket, .. } = self.waiting.take();
        let Some(ticket) = ticket else {
            return;
        };
        let batch = Batch {
            signal: Signal::Traces,
            request: self.request(&spans).into(),
            ticket,
            sender: Rc::new(Sender {
                received_unix_nano: host.now_unix_nano(),
                ..Sender::default()
            }),
        };
        if let Ok(accepted) = self.pipeline.accept(host, vec![batch]) {
            // How it ended is counted.
            let _ = self.pipeline.export(host, accepted).await;
        }
    }

    fn request(&self, spans: &[u8]) -> Vec<u8> {
        let resource = envelope::resource(&[
            (semconv::SERVICE_NAME, &*self.service_name),
            (semconv::TELEMETRY_DISTRO_NAME, identity::NAME),
            (semconv::TELEMETRY_DISTRO_VERSION, identity::VERSION),
        ]);
        identity::origin(&resource).export_request(|writer| writer.raw(spans))
    }
}

/// How long spans wait for others to be exported with.
const DELAY: Duration = Duration::from_millis(200);
/// An export that has not begun after this time was cancelled.
const OVERDUE_NANO: u64 = 2_000_000_000;
