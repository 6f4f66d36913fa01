//! Builds the telemetry of a visit, span by span.

use super::MILLISECOND;
use super::model::{Attribute, Log, PAGE, Span, Telemetry, Value, WORKER, attributes, id};

/// A builder of a visit's telemetry. Times are ms since its start.
pub(super) struct Visit {
    pub(super) telemetry: Telemetry,
    at: u64,
    trace: u128,
    seed: u64,
    spans: u64,
}

impl Visit {
    pub(super) fn start(at: u64, seed: u64) -> Self {
        Self {
            telemetry: Telemetry::default(),
            at,
            trace: trace_id(at, seed),
            seed,
            spans: 0,
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a row of a table: one line per span"
    )]
    pub(super) fn span(
        &mut self,
        service: &'static str,
        parent: Option<u64>,
        name: &str,
        kind: u64,
        start: f64,
        end: f64,
        attributes: Vec<Attribute>,
    ) -> u64 {
        self.spans += 1;
        let id = id((self.seed * 1_000 + self.spans) ^ self.at);
        self.telemetry.spans.push(Span {
            service,
            trace: self.trace,
            id,
            parent,
            name: name.to_owned(),
            kind,
            start: self.time(start),
            end: self.time(end),
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            error: None,
        });
        id
    }

    pub(super) fn event(
        &mut self,
        span: u64,
        at: f64,
        name: &'static str,
        attributes: Vec<Attribute>,
    ) {
        let time = self.time(at);
        self.edit(span, |span| {
            span.events.push((time, name, attributes.clone()))
        });
    }

    pub(super) fn failed(&mut self, span: u64, message: Option<String>, error_type: &str) {
        if let Some(message) = message {
            self.edit(span, |span| {
                span.error = Some(message.clone());
                span.attributes
                    .push(("error.type".to_owned(), error_type.into()));
            });
        }
    }

    pub(super) fn log(
        &mut self,
        span: u64,
        at: f64,
        severity: (u64, &'static str),
        body: &str,
        attributes: Vec<Attribute>,
    ) {
        let service = self
            .telemetry
            .spans
            .iter()
            .find(|known| known.id == span)
            .map_or(PAGE, |span| span.service);
        self.telemetry.logs.push(Log {
            service,
            span: Some((self.trace, span)),
            time: self.time(at),
            severity,
            event_name: "",
            body: body.to_owned(),
            attributes,
        });
    }

    pub(super) fn exception_in_page(&mut self, span: u64, at: f64) {
        self.telemetry.logs.push(Log {
            service: PAGE,
            span: Some((self.trace, span)),
            time: self.time(at),
            severity: (17, "ERROR"),
            event_name: "exception",
            body: String::new(),
            attributes: attributes![
                "exception.type" => "TypeError",
                "exception.message" => "Cannot read properties of undefined (reading 'total')",
                "exception.stacktrace" => JAVASCRIPT_STACK,
                "throughline.exception.frames" => Value::Frames(JAVASCRIPT_FRAMES.to_vec()),
                "throughline.exception.mechanism" => "onerror",
                "throughline.exception.count" => 2,
                "url.full" => "http://127.0.0.1:8787/basket",
            ],
        });
    }

    /// Adds the queue's consumer: a trace of its own, linked to the producer.
    pub(super) fn consume(&mut self, send: u64, at: f64) {
        let own = self.trace;
        self.trace = trace_id(self.at + 1, self.seed + 500_000);
        let process = self.span(
            WORKER,
            None,
            "process price-events",
            5,
            at,
            at + 41.0,
            attributes![
                "messaging.system" => "aws_sqs",
                "messaging.operation.type" => "process",
                "messaging.operation.name" => "process",
                "messaging.destination.name" => "price-events",
                "messaging.batch.message_count" => 1,
            ],
        );
        self.edit(process, |span| span.links.push((own, send)));
        self.span(
            WORKER,
            Some(process),
            "INSERT price_log",
            3,
            at + 6.0,
            at + 37.0,
            database(
                "postgresql",
                "INSERT",
                "INSERT INTO price_log (sku, price_cents) VALUES ($1, $2)",
            ),
        );
        self.log(
            process,
            at + 39.0,
            (9, "INFO"),
            "price logged",
            attributes!["sku" => "sku-42"],
        );
        self.trace = own;
    }

    pub(super) fn shift(&mut self, service: &str, back_ms: u64) {
        let back = back_ms * MILLISECOND;
        for span in &mut self.telemetry.spans {
            if span.service == service {
                span.start -= back;
                span.end -= back;
                for event in &mut span.events {
                    event.0 -= back;
                }
            }
        }
        for log in &mut self.telemetry.logs {
            if log.service == service {
                log.time -= back;
            }
        }
    }

    fn edit(&mut self, span: u64, edit: impl Fn(&mut Span)) {
        self.telemetry
            .spans
            .iter_mut()
            .filter(|known| known.id == span)
            .for_each(edit);
    }

    fn time(&self, ms: f64) -> u64 {
        self.at + (ms * 1e6) as u64
    }
}

fn trace_id(at: u64, seed: u64) -> u128 {
    u128::from(id(at ^ seed)) << 64 | u128::from(id(seed + 9))
}

/// The attributes that a traced database driver records.
pub(super) fn database(system: &str, operation: &str, text: &str) -> Vec<Attribute> {
    attributes![
        "db.system.name" => system,
        "db.namespace" => "shop",
        "db.operation.name" => operation,
        "db.query.text" => text,
        "server.address" => "127.0.0.1",
        "server.port" => if system == "redis" { 56379 } else { 55432 },
    ]
}

const JAVASCRIPT_STACK: &str = "TypeError: Cannot read properties of undefined (reading 'total')
    at formatTotal (http://127.0.0.1:8787/assets/checkout-B3xk2.js:2:1841)
    at Thanks (http://127.0.0.1:8787/assets/checkout-B3xk2.js:2:2210)
    at renderWithHooks (http://127.0.0.1:8787/assets/react-dom-9fKd.js:31:4710)";
const JAVASCRIPT_FRAMES: [(&str, &str, i64, i64); 3] = [
    (
        "renderWithHooks",
        "http://127.0.0.1:8787/assets/react-dom-9fKd.js",
        31,
        4710,
    ),
    (
        "Thanks",
        "http://127.0.0.1:8787/assets/checkout-B3xk2.js",
        2,
        2210,
    ),
    (
        "formatTotal",
        "http://127.0.0.1:8787/assets/checkout-B3xk2.js",
        2,
        1841,
    ),
];
