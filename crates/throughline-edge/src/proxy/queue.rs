//! How do the proxy's spans leave?
//!
//! Together: the first span that waits has everything that comes within a moment
//! exported with it.

use super::span::{End, Exchange};
use crate::exporter::{Exporter, Pending};
use crate::host::Host;
use crate::identity::{self, open_scope};
use crate::outcome::Ticket;
use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;
use throughline_otlp::field::{export_request, resource, resource_group, scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, attribute};
use throughline_semconv as semconv;

/// Spans that wait to be exported. Cloning gives the same queue.
#[derive(Debug, Clone)]
pub(crate) struct SpanQueue {
    service_name: Rc<str>,
    exporter: Exporter,
    waiting: Rc<RefCell<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// `record` fields of a scope group.
    spans: Vec<u8>,
    ticket: Option<Ticket>,
    /// When whoever exports them will have come by, ns since the Unix epoch; 0 when
    /// nobody will.
    due_unix_nano: u64,
}

impl SpanQueue {
    pub(crate) fn new(service_name: &str, exporter: Exporter) -> Self {
        Self {
            service_name: service_name.into(),
            exporter,
            waiting: Rc::default(),
        }
    }

    /// Adds the spans of an exchange that ends now, and sees to it that they leave.
    pub(crate) fn push<H: Host>(&self, host: &H, exchange: &Exchange<'_>, end: End<'_>) {
        let now = host.now_unix_nano();
        let mut writer = Writer::new();
        let records = exchange.write(scope_group::RECORD, now, end, &mut writer);
        let spans = writer.into_bytes();
        let Some(ticket) = self.exporter.admit(Signal::Traces, records, spans.len()) else {
            return;
        };
        let mut waiting = self.waiting.borrow_mut();
        waiting.spans.extend_from_slice(&spans);
        match &mut waiting.ticket {
            Some(first) => first.join(ticket),
            none => *none = Some(ticket),
        }
        // A platform may have ended the work that was to come by: the next request's takes over.
        if now < waiting.due_unix_nano {
            return;
        }
        waiting.due_unix_nano = now.saturating_add(OVERDUE_NANO);
        drop(waiting);
        let (queue, worker) = (self.clone(), host.clone());
        host.spawn(async move {
            worker.sleep(TOGETHER).await;
            queue.flush(&worker).await;
        });
    }

    async fn flush<H: Host>(&self, host: &H) {
        let Waiting { spans, ticket, .. } = self.waiting.take();
        if let Some(ticket) = ticket {
            let request = self.request(&spans).into();
            let pending = Pending::new(Signal::Traces, request, ticket);
            // How it ended is in the account.
            let _ = self.exporter.export(host, pending).await;
        }
    }

    fn request(&self, spans: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        let group = writer.open(export_request::RESOURCE);
        let described = writer.open(resource_group::RESOURCE);
        for (key, value) in [
            (semconv::SERVICE_NAME, &*self.service_name),
            (semconv::TELEMETRY_DISTRO_NAME, identity::NAME),
            (semconv::TELEMETRY_DISTRO_VERSION, identity::VERSION),
        ] {
            attribute::string(&mut writer, resource::ATTRIBUTES, key, value);
        }
        writer.close(described);
        let scope_spans = open_scope(&mut writer);
        writer.raw(spans);
        writer.close(scope_spans);
        writer.close(group);
        writer.into_bytes()
    }
}

/// How long spans wait for others to leave with.
const TOGETHER: Duration = Duration::from_millis(200);
/// When nobody has come by for this long, nobody will.
const OVERDUE_NANO: u64 = 2_000_000_000;
