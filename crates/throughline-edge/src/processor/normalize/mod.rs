//! Makes records look the same, whoever sent them.
//!
//! Two stages: [`Normalize`] comes before what measures, samples and redacts, so that those see
//! today's names. [`LimitParts`] comes after the redaction, which needs whole values.

mod browser;
mod clock;
mod cut;
mod limits;
mod names;
mod route;
mod settings;

pub(crate) use browser::Browser;
pub(super) use browser::{device_class, known_device_class};
pub(crate) use clock::session_of;
pub(crate) use settings::Settings;

use crate::batch::Sender;
use crate::state::route_templates::RouteTemplates;
use core::cell::Cell;
use cut::Cut;
use limits::Limit;
use names::{Names, key_of, pairs};
use route::Routes;
use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, attributes};
use throughline_otlp::field::{
    entity_ref, log_record, resource, span, span_event, span_kind, span_link,
};
use throughline_otlp::protobuf::{Value, each_field, fields};
use throughline_otlp::rewrite::{Edit, Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_semconv::older::{self, Place};

/// The stage that gives attributes today's names.
#[derive(Debug)]
pub(super) struct Normalize<'a> {
    settings: &'a Settings,
    signal: Signal,
    names: Names,
    /// Those of a span's events.
    event_names: Names,
    sender: &'a Sender,
    routes: Routes<'a>,
    /// Whether the resource is a page.
    is_page: bool,
    exceeds: &'a Cell<bool>,
}

/// The stage that cuts off what is beyond the limits.
#[derive(Debug)]
pub(super) struct LimitParts<'a> {
    cut: Cut<'a>,
    signal: Signal,
    exceeds: &'a Cell<bool>,
}

impl<'a> Normalize<'a> {
    /// The stage for a batch of this signal. `exceeds` tells the other stage of each record
    /// whether it is beyond a limit.
    pub(super) fn new(
        settings: &'a Settings,
        signal: Signal,
        sender: &'a Sender,
        templates: &'a mut RouteTemplates,
        exceeds: &'a Cell<bool>,
    ) -> Self {
        Self {
            settings,
            sender,
            routes: Routes {
                templates,
                project: sender.project.as_ref().map_or("", |project| project.name()),
                most: settings.most_routes,
            },
            is_page: false,
            signal,
            names: Names::default(),
            event_names: Names::default(),
            exceeds,
        }
    }

    /// Looks at an attribute of the record.
    #[inline]
    fn see(&mut self, position: usize, pair: &[u8], key: &[u8], place: Place) -> bool {
        let Settings {
            names,
            keep_names,
            limits,
            ..
        } = self.settings;
        if *names {
            self.names.see(position, key, place, keep_names);
        }
        limits.allow_pair(pair)
    }

    fn span(&mut self, record: &mut Message<'_>) {
        let limits = &self.settings.limits;
        let (mut is_server, mut is_client, mut has_route) = (false, false, false);
        let mut is_allowed = true;
        let (mut attributes, mut events, mut links, mut older_in_events) = (0, 0, 0, false);
        each_field(record.bytes(), |field| match (field.number, field.value) {
            (span::ATTRIBUTES, Value::Bytes(pair)) => {
                let key = key_of(pair);
                has_route |= matches!(key, route::ROUTE | route::TEMPLATE);
                is_allowed &= self.see(attributes, pair, key, Place::Span);
                attributes += 1;
            }
            (span::KIND, kind) => {
                let kind = kind.as_u64();
                is_server = matches!(kind, Some(span_kind::SERVER | span_kind::CONSUMER));
                is_client = kind == Some(span_kind::CLIENT);
            }
            (span::EVENTS, Value::Bytes(event)) => {
                events += 1;
                is_allowed &= limits.allow_part(event, span_event::ATTRIBUTES);
                older_in_events |= pairs(event, span_event::ATTRIBUTES)
                    .any(|pair| older::today(key_of(pair), Place::Event).is_some());
            }
            (span::LINKS, Value::Bytes(link)) => {
                links += 1;
                is_allowed &= limits.allow_part(link, span_link::ATTRIBUTES);
            }
            (span::NAME | span::STATUS, Value::Bytes(text)) => {
                is_allowed &= text.len() <= limits.value_bytes;
            }
            _ => {}
        });
        is_allowed &= attributes <= limits.attributes;
        is_allowed &= events <= limits.events && links <= limits.links;
        self.exceeds.set(!is_allowed);
        let renames = self
            .names
            .decide(record.bytes(), span::ATTRIBUTES, is_server);
        if renames || older_in_events && self.settings.names {
            self.rename(record, span::ATTRIBUTES);
        }
        let is_measured = is_server || is_client && self.is_page;
        if self.routes.most > 0 && is_measured && !has_route {
            self.routes.span(record, self.is_page);
        }
    }

    fn log_record(&mut self, record: &mut Message<'_>) {
        let limits = &self.settings.limits;
        let (mut attributes, mut is_allowed, mut is_web_vital) = (0, true, false);
        each_field(record.bytes(), |field| match (field.number, field.value) {
            (log_record::ATTRIBUTES, Value::Bytes(pair)) => {
                is_allowed &= self.see(attributes, pair, key_of(pair), Place::LogRecord);
                attributes += 1;
            }
            (log_record::EVENT_NAME, Value::Bytes(name)) => {
                is_web_vital = name == semconv::BROWSER_WEB_VITAL.as_bytes();
            }
            (log_record::BODY, Value::Bytes(body)) => {
                is_allowed &= limits.allow_value(body, 0);
            }
            _ => {}
        });
        is_allowed &= attributes <= limits.attributes;
        self.exceeds.set(!is_allowed);
        let number = log_record::ATTRIBUTES;
        if self.names.decide(record.bytes(), number, false) {
            self.rename(record, number);
        }
        if is_web_vital && self.routes.most > 0 {
            self.routes.web_vital(record);
        }
    }

    /// Renames the attributes of a resource.
    fn rename_resource(&mut self, message: &mut Message<'_>) {
        self.names.clear();
        let number = resource::ATTRIBUTES;
        let kept = &self.settings.keep_names;
        for (position, pair) in pairs(message.bytes(), number).enumerate() {
            self.names
                .see(position, key_of(pair), Place::Resource, kept);
        }
        // Entities refer to attributes by name.
        self.names.leave(
            pairs(message.bytes(), resource::ENTITY_REFS).flat_map(|entity| {
                let keys = fields(entity).map_while(Result::ok);
                let keys = keys.filter(|field| {
                    matches!(
                        field.number,
                        entity_ref::ID_KEYS | entity_ref::DESCRIPTION_KEYS
                    )
                });
                keys.filter_map(|field| field.value.as_bytes())
            }),
        );
        if self.names.decide(message.bytes(), number, false) {
            let names = &self.names;
            let mut position = 0;
            message.edit(|field, writer| match field.value {
                Value::Bytes(pair) if field.number == number => {
                    position += 1;
                    names.edit(position - 1, pair, number, writer)
                }
                _ => Edit::Keep,
            });
        }
    }

    /// Writes the names that are decided, and those in events of a span.
    fn rename(&mut self, message: &mut Message<'_>, number: u32) {
        let Self {
            names,
            event_names,
            settings,
            signal,
            ..
        } = self;
        let is_span = *signal == Signal::Traces && number == span::ATTRIBUTES;
        let mut position = 0;
        message.edit(|field, writer| match field.value {
            Value::Bytes(pair) if field.number == number => {
                position += 1;
                names.edit(position - 1, pair, number, writer)
            }
            Value::Bytes(event) if is_span && field.number == span::EVENTS => {
                let open = writer.open(span::EVENTS);
                let kept = &settings.keep_names;
                let number = span_event::ATTRIBUTES;
                let is_changed =
                    event_names.edit_message(event, number, Place::Event, kept, writer);
                writer.close(open);
                if is_changed {
                    Edit::Replace
                } else {
                    Edit::Keep
                }
            }
            _ => Edit::Keep,
        });
    }
}

impl Stage for Normalize<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        let Settings { names, limits, .. } = self.settings;
        let mut interest = Interest::NONE;
        let moves_times = self.sender.clock_offset != 0 && signal != Signal::Metrics;
        let has_routes = self.routes.most > 0 && signal != Signal::Metrics;
        if *names || self.sender.browser.is_some() || moves_times || has_routes {
            interest = interest.and(Interest::RESOURCE);
        }
        if signal != Signal::Metrics {
            if *names || limits.are_set() || moves_times || has_routes {
                interest = interest.and(Interest::UNINSPECTED_RECORD);
            }
            if *names && self.settings.keep_names.is_empty() {
                interest = interest.and(Interest::SCHEMA_URL);
            }
        }
        interest
    }

    fn resource(&mut self, message: &mut Message<'_>) {
        if self.settings.names {
            self.rename_resource(message);
        }
        self.is_page = attributes(message.bytes(), resource::ATTRIBUTES).any(|attribute| {
            attribute.key == semconv::TELEMETRY_SDK_LANGUAGE
                && attribute.value().as_str() == Some("webjs")
        });
        if let Some(browser) = &self.sender.browser {
            browser.describe(message);
        }
        let offset = self.sender.clock_offset;
        if offset != 0 && self.signal != Signal::Metrics {
            let key = semconv::THROUGHLINE_CLOCK_OFFSET;
            message.append(|writer| attribute::int(writer, resource::ATTRIBUTES, key, offset));
        }
    }

    fn schema_url(&mut self, schema_url: &str) -> Option<&'static str> {
        is_older_schema(schema_url).then_some(older::SCHEMA_URL)
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        self.names.clear();
        match self.signal {
            Signal::Traces => self.span(record),
            Signal::Logs => self.log_record(record),
            Signal::Metrics => {}
        }
        if self.sender.clock_offset != 0 {
            clock::move_times(record, self.signal, self.sender.clock_offset);
        }
        Keep::Yes
    }
}

impl<'a> LimitParts<'a> {
    pub(super) const fn new(
        settings: &'a Settings,
        signal: Signal,
        exceeds: &'a Cell<bool>,
    ) -> Self {
        Self {
            cut: Cut::new(&settings.limits),
            signal,
            exceeds,
        }
    }

    /// Counts of the parts that were cut off, by limit.
    pub(super) fn into_counts(self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = Limit::ALL
            .map(Limit::as_str)
            .into_iter()
            .zip(self.cut.counts);
        counts.filter(|(_, count)| *count > 0)
    }
}

impl Stage for LimitParts<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        if !self.cut.limits.are_set() {
            return Interest::NONE;
        }
        let around = Interest::RESOURCE.and(Interest::SCOPE);
        match signal {
            Signal::Metrics => around,
            Signal::Traces | Signal::Logs => around.and(Interest::RECORD),
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.describing(resource, cut::RESOURCE);
    }

    fn scope(&mut self, scope: &mut Message<'_>) {
        self.describing(scope, cut::SCOPE);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if self.exceeds.get() {
            let (cut, signal) = (&mut self.cut, self.signal);
            record.rewrite(|message, writer| match signal {
                Signal::Traces => cut.span(message, writer),
                _ => cut.log_record(message, writer),
            });
        }
        Keep::Yes
    }
}

impl LimitParts<'_> {
    fn describing(&mut self, message: &mut Message<'_>, holder: cut::Holder) {
        let cut = &mut self.cut;
        message
            .rewrite(|message, writer| cut.message(message, holder, writer, |_, _, _| Edit::Keep));
    }
}

/// Whether a schema is OpenTelemetry's and older than the one of today's names. Newer ones and
/// those of others stay.
fn is_older_schema(url: &str) -> bool {
    let version = |url: &str| {
        let mut parts = url.strip_prefix(SCHEMAS)?.split('.').map(str::parse::<u32>);
        match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
            (Ok(major), Ok(minor), Ok(patch), None) => Some((major, minor, patch)),
            _ => None,
        }
    };
    matches!((version(url), version(older::SCHEMA_URL)), (Some(url), Some(today)) if url < today)
}

const SCHEMAS: &str = "https://opentelemetry.io/schemas/";

#[cfg(test)]
mod tests;
