//! Who sends these facts, in which session, on which page, and by which clock?

use crate::FactsError;
use crate::record::{Fields, number};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::resource::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_scrub::url_full;
use throughline_semconv as semconv;

/// What the header says: the same for the life of a page.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// An encoded `Resource`.
    pub(crate) resource: Vec<u8>,
    /// Version of the package that captured.
    pub(crate) sdk_version: String,
}

/// What the context says: it changes while the page lives.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// The wall clock at the page's time origin, µs since the Unix epoch.
    anchor: u64,
    /// `session.id`.
    pub(crate) session_id: String,
    /// The address of the document, scrubbed.
    pub(crate) url: String,
}

impl Header {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, FactsError> {
        let version = fields.text();
        if version != FORMAT {
            return Err(FactsError::Version(number(version).unwrap_or(0)));
        }
        let sdk_version = fields.text();
        let mut writer = Writer::new();
        let service = fields.text();
        let service = if service.is_empty() {
            "unknown_service"
        } else {
            service
        };
        text(&mut writer, semconv::SERVICE_NAME, service);
        text(&mut writer, semconv::SERVICE_VERSION, fields.text());
        text(
            &mut writer,
            semconv::DEPLOYMENT_ENVIRONMENT_NAME,
            fields.text(),
        );
        text(&mut writer, semconv::TELEMETRY_SDK_NAME, SDK_NAME);
        text(&mut writer, semconv::TELEMETRY_SDK_LANGUAGE, "webjs");
        text(&mut writer, semconv::TELEMETRY_SDK_VERSION, sdk_version);
        text(&mut writer, semconv::USER_AGENT_ORIGINAL, fields.text());
        text(&mut writer, semconv::BROWSER_LANGUAGE, fields.text());
        text(&mut writer, semconv::BROWSER_PLATFORM, fields.text());
        match fields.text() {
            "0" => attribute::bool(&mut writer, ATTRIBUTES, semconv::BROWSER_MOBILE, false),
            "1" => attribute::bool(&mut writer, ATTRIBUTES, semconv::BROWSER_MOBILE, true),
            // Only a browser that says so of itself: `navigator.userAgentData`.
            _ => {}
        }
        if !fields.is_empty() {
            attribute::strings(
                &mut writer,
                ATTRIBUTES,
                semconv::BROWSER_BRANDS,
                fields.by_ref(),
            );
        }
        Ok(Self {
            resource: writer.into_bytes(),
            sdk_version: sdk_version.into(),
        })
    }
}

impl Context {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            anchor: fields.number()?,
            session_id: fields.text().into(),
            url: url_full(fields.text()).into_owned(),
        })
    }

    /// A time of the page, in µs since its time origin, as ns since the Unix epoch.
    pub(crate) const fn unix_nano(&self, micros: u64) -> u64 {
        self.anchor.saturating_add(micros).saturating_mul(1000)
    }
}

fn text(writer: &mut Writer, key: &str, value: &str) {
    if !value.is_empty() {
        attribute::string(writer, ATTRIBUTES, key, value);
    }
}

const FORMAT: &str = "1";
const SDK_NAME: &str = "throughline";
