//! Who sends these facts, in which session, on which page, and by which clock?

use crate::attributes::{self, Form};
use crate::record::Fields;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::resource::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_scrub::url_full;
use throughline_semconv as semconv;

/// What header and context say.
#[derive(Debug)]
pub(crate) struct Page {
    /// An encoded `Resource`; empty until there was a header.
    pub(crate) resource: Vec<u8>,
    /// Version of the package that captured.
    pub(crate) version: String,
    /// The wall clock at the page's time origin, µs since the Unix epoch.
    anchor: u64,
    /// Session and address, as two fields.
    place: String,
}

impl Page {
    /// Nothing is known yet.
    pub(crate) const fn new() -> Self {
        Self {
            resource: Vec::new(),
            version: String::new(),
            anchor: 0,
            place: String::new(),
        }
    }

    /// Takes up a header: it is the same for the life of a page.
    pub(crate) fn begin(&mut self, fields: &mut Fields<'_>) {
        let mut writer = Writer::new();
        self.version = fields.text().into();
        for (key, value) in [
            (semconv::TELEMETRY_SDK_NAME, "throughline"),
            (semconv::TELEMETRY_SDK_LANGUAGE, "webjs"),
            (semconv::TELEMETRY_SDK_VERSION, &self.version),
        ] {
            attribute::string(&mut writer, ATTRIBUTES, key, value);
        }
        attributes::write(&mut writer, ATTRIBUTES, fields, &RESOURCE);
        if !fields.rest().is_empty() {
            let brands = core::iter::from_fn(|| Some(fields.text()).filter(|one| !one.is_empty()));
            attribute::strings(&mut writer, ATTRIBUTES, semconv::BROWSER_BRANDS, brands);
        }
        self.resource = writer.into_bytes();
    }

    /// Takes up a context: it changes while the page lives.
    pub(crate) fn change(&mut self, fields: &mut Fields<'_>) {
        self.anchor = fields.number();
        self.place.clear();
        self.place.push_str(fields.text());
        self.place.push_str(FIELD_END);
        self.place.push_str(&url_full(fields.text()));
    }

    /// A time of the page, in µs since its time origin, as ns since the Unix epoch.
    pub(crate) const fn unix_nano(&self, micros: u64) -> u64 {
        // A clock of the year 2500 is wrong already; a checked product would bring
        // 128-bit arithmetic into the module.
        self.anchor.wrapping_add(micros).wrapping_mul(1000)
    }

    /// Appends to a span or log record where it happened.
    pub(crate) fn write_place(&self, writer: &mut Writer, list: u32) {
        attributes::write(writer, list, &mut Fields::of(&self.place), &PLACE);
    }
}

/// The header from the fourth field on.
const RESOURCE: [(Form, &str); 7] = [
    (Form::Text, semconv::SERVICE_NAME),
    (Form::Text, semconv::SERVICE_VERSION),
    (Form::Text, semconv::DEPLOYMENT_ENVIRONMENT_NAME),
    (Form::Text, semconv::USER_AGENT_ORIGINAL),
    (Form::Text, semconv::BROWSER_LANGUAGE),
    (Form::Text, semconv::BROWSER_PLATFORM),
    (Form::Truth, semconv::BROWSER_MOBILE),
];

const PLACE: [(Form, &str); 2] = [
    (Form::Text, semconv::SESSION_ID),
    (Form::Text, semconv::BROWSER_DOCUMENT_URL_FULL),
];

const FIELD_END: &str = "\u{1f}";
