//! A page for tests: its clock is set, and its requests are kept.

use super::super::client::{self, Client};
use super::super::delivery::{Attempt, Reply};
use super::super::options::{InitError, Options};
use super::super::targets::Address;
use super::{Browser, Clock, Navigation, Page};
use opentelemetry::trace::SpanContext;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::json::from_protobuf;
use throughline_otlp::schema::export_request;
use throughline_wire::Bundle;

/// The state of the page, which the test changes.
#[derive(Debug, Default)]
pub(crate) struct FakePage {
    /// ms since the page's time origin.
    pub(crate) now: Cell<u64>,
    pub(crate) address: RefCell<String>,
    pub(crate) session: RefCell<Option<String>>,
    pub(crate) navigation: RefCell<Option<Navigation>>,
    /// The span that is open for the JavaScript package, where it is there.
    pub(crate) script: RefCell<Option<SpanContext>>,
    /// Global Privacy Control
    pub(crate) is_private: Cell<bool>,
    /// A frame, or a page of an extension
    pub(crate) is_embedded: Cell<bool>,
    pub(crate) posted: RefCell<Vec<Attempt>>,
    /// When the timer fires, ms since the page's time origin.
    pub(crate) timer: Cell<Option<u64>>,
    random: Cell<u64>,
}

/// Telemetry of one request.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) spans: Vec<Value>,
    pub(crate) logs: Vec<Value>,
    pub(crate) dropped: Vec<(String, u64)>,
}

impl FakePage {
    /// Starts the client of a page in this thread.
    pub(crate) fn start() -> Rc<Self> {
        let page = Rc::new(Self::default());
        page.address.replace("https://shop.example/cart".to_owned());
        page.start_client(&options()).expect("options");
        page
    }

    /// Starts a client with these options.
    pub(crate) fn start_client(self: &Rc<Self>, options: &Options) -> Result<(), InitError> {
        client::start(Rc::clone(self) as Rc<dyn Page>, options).map(drop)
    }

    /// Moves the clock, with the timers that fire until then.
    pub(crate) fn wait(&self, ms: u64) {
        let until = self.now.get() + ms;
        while let Some(at) = self.timer.get().filter(|at| *at <= until) {
            self.timer.set(None);
            self.now.set(at.max(self.now.get()));
            client::woken();
        }
        self.now.set(until);
    }

    /// Responds to all requests that are under way.
    pub(crate) fn reply(&self, reply: Reply) -> Vec<Sent> {
        let attempts = self.posted.take();
        for attempt in &attempts {
            client::settled(attempt.id, reply);
        }
        attempts
            .iter()
            .map(|attempt| Sent::read(&attempt.body))
            .collect()
    }

    /// Everything that the page has recorded, sent now.
    pub(crate) fn flush(&self) -> Sent {
        let mut all = Sent::default();
        client::with(Client::close);
        client::with(Client::work);
        while !self.posted.borrow().is_empty() {
            for sent in self.reply(Reply::Accepted) {
                all.spans.extend(sent.spans);
                all.logs.extend(sent.logs);
                all.dropped.extend(sent.dropped);
            }
        }
        all
    }
}

/// Options that are right.
pub(crate) fn options() -> Options {
    Options {
        endpoint: "/_t".to_owned(),
        key: Some("pk demo".to_owned()),
        service_name: "shop-web".to_owned(),
        ..Options::default()
    }
}

impl Sent {
    fn read(body: &[u8]) -> Self {
        let mut bytes = Vec::new();
        let mut stream = flate2::read::ZlibDecoder::new(body);
        stream.read_to_end(&mut bytes).expect("zlib");
        let bundle = Bundle::decode(&bytes).expect("a Bundle");
        let records = |signal, request: &[u8], [groups, scopes, records]: [&str; 3]| {
            let json = from_protobuf(export_request(signal), request).expect("OTLP");
            let json: Value = serde_json::from_str(&json).expect("JSON");
            let each =
                |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
            let scoped = each(&json, groups)
                .into_iter()
                .flat_map(move |group| each(&group, scopes));
            let with_scope = |scope: Value| {
                let of = scope["scope"].clone();
                each(&scope, records).into_iter().map(move |mut record| {
                    record["scope"] = of.clone();
                    record
                })
            };
            scoped.flat_map(with_scope).collect::<Vec<_>>()
        };
        let dropped = bundle
            .dropped
            .iter()
            .map(|one| (one.reason.to_owned(), one.count));
        Self {
            spans: records(
                Signal::Traces,
                bundle.traces,
                ["resourceSpans", "scopeSpans", "spans"],
            ),
            logs: records(
                Signal::Logs,
                bundle.logs,
                ["resourceLogs", "scopeLogs", "logRecords"],
            ),
            dropped: dropped.collect(),
        }
    }

    /// The span with this name.
    pub(crate) fn span(&self, name: &str) -> &Value {
        let found = self.spans.iter().find(|span| span["name"] == name);
        found.unwrap_or_else(|| panic!("no span {name} in {self:#?}"))
    }

    /// The log record with this text.
    pub(crate) fn log(&self, text: &str) -> &Value {
        let found = self
            .logs
            .iter()
            .find(|log| log["body"]["stringValue"] == text);
        found.unwrap_or_else(|| panic!("no log record {text} in {self:#?}"))
    }
}

/// The value of an attribute.
pub(crate) fn attribute<'a>(record: &'a Value, key: &str) -> &'a Value {
    let attributes = record["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    let value = found.and_then(|found| found["value"].as_object()?.values().next());
    value.unwrap_or(&Value::Null)
}

impl Page for FakePage {
    fn clock(&self) -> Clock {
        Clock {
            origin: 1_700_000_000_000_000,
            elapsed: self.now.get() * 1000,
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        self.random.set(self.random.get() + 1);
        let number = self
            .random
            .get()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_be_bytes();
        for (byte, random) in bytes.iter_mut().zip(number.into_iter().cycle()) {
            *byte = random;
        }
    }

    fn origin(&self) -> String {
        "https://shop.example".to_owned()
    }

    fn address(&self) -> String {
        self.address.borrow().clone()
    }

    fn parse(&self, address: &str) -> Option<Address> {
        let absolute = match address.split_once("://") {
            Some(("http" | "https", _)) => address.to_owned(),
            Some(_) => return None,
            None => format!("https://shop.example/{}", address.trim_start_matches('/')),
        };
        let (scheme, rest) = absolute.split_once("://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // As a browser does: what is in front of an @ is no host.
        let host = authority.rsplit('@').next()?;
        let path = path.split(['?', '#']).next()?;
        (!host.is_empty()).then(|| Address {
            origin: format!("{scheme}://{host}"),
            path: format!("/{path}"),
            host: host.to_owned(),
            port: 443,
            href: absolute.clone(),
        })
    }

    fn stored_session(&self) -> Option<String> {
        self.session.borrow().clone()
    }

    fn store_session(&self, session: &str) {
        self.session.replace(Some(session.to_owned()));
    }

    fn browser(&self) -> Browser {
        Browser::default()
    }

    fn is_not_to_be_followed(&self) -> bool {
        self.is_private.get()
    }

    fn is_embedded(&self) -> bool {
        self.is_embedded.get()
    }

    fn navigation(&self) -> Option<Navigation> {
        self.navigation.borrow().clone()
    }

    fn meta_traceparent(&self) -> Option<String> {
        None
    }

    fn has_script(&self) -> bool {
        self.script.borrow().is_some()
    }

    fn script_session(&self) -> Option<String> {
        let stored = self.session.borrow().clone();
        stored.filter(|_| self.has_script())
    }

    fn script_span(&self) -> Option<SpanContext> {
        self.script.borrow().clone()
    }

    fn post(&self, _: &str, attempt: Attempt) {
        self.posted.borrow_mut().push(attempt);
    }

    fn wake_in(&self, ms: u32) {
        self.timer.set(Some(self.now.get() + u64::from(ms)));
    }
}
