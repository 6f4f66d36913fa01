//! Keeps what header and context say of the page: resource, session, document and clock.

use crate::attributes;
use crate::text::{Fields, List};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::resource::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_wire::facts::{context, header};

/// The page as its header and its last context describe it.
#[derive(Debug)]
pub(crate) struct Page {
    /// An encoded `Resource`; empty before the header.
    pub(crate) resource: Vec<u8>,
    /// Version of the package.
    pub(crate) package_version: String,
    /// The wall clock at the page's time origin, µs since the Unix epoch.
    time_origin: u64,
    /// Whether the facts are of the version of the format before this one.
    is_version_1: bool,
    /// The last context.
    context: String,
}

impl Page {
    /// A page before its header.
    pub(crate) const fn new() -> Self {
        Self {
            resource: Vec::new(),
            package_version: String::new(),
            time_origin: 0,
            is_version_1: false,
            context: String::new(),
        }
    }

    /// Reads a header: it is the same for the life of a page.
    pub(crate) fn read_header(&mut self, record: &str, fields: &Fields<'_>, version: u64) {
        let mut writer = Writer::new();
        self.is_version_1 = version == 1;
        self.package_version = fields.text(header::PACKAGE_VERSION).into();
        for (key, value) in [
            (semconv::TELEMETRY_SDK_NAME, "throughline"),
            (semconv::TELEMETRY_SDK_LANGUAGE, "webjs"),
            (semconv::TELEMETRY_SDK_VERSION, &self.package_version),
        ] {
            attribute::string(&mut writer, ATTRIBUTES, key, value);
        }
        attributes::write(&mut writer, ATTRIBUTES, fields, 0, &header::ATTRIBUTES);
        let mut brands = self.list(record, header::BRANDS);
        if !brands.is_empty() {
            let brands =
                core::iter::from_fn(|| Some(brands.text()).filter(|brand| !brand.is_empty()));
            attribute::strings(&mut writer, ATTRIBUTES, semconv::BROWSER_BRANDS, brands);
        }
        if !self.is_version_1 {
            let synthetic = fields.text(header::SYNTHETIC);
            let key = semconv::USER_AGENT_SYNTHETIC_TYPE;
            attributes::text(&mut writer, ATTRIBUTES, key, synthetic);
        }
        self.resource = writer.into_bytes();
    }

    /// Reads a context: it changes while the page lives.
    pub(crate) fn read_context(&mut self, record: &str, fields: &Fields<'_>) {
        self.time_origin = fields.number(context::TIME_ORIGIN);
        self.context = record.into();
    }

    /// The list at a position of a record.
    pub(crate) fn list<'a>(&self, record: &'a str, position: usize) -> List<'a> {
        List::of(record, position, self.is_version_1)
    }

    /// A time of the page, in µs since its time origin, as ns since the Unix epoch.
    pub(crate) const fn unix_nano(&self, micros: u64) -> u64 {
        // A clock of the year 2500 is wrong already; a checked product would bring
        // 128-bit arithmetic into the module.
        self.time_origin.wrapping_add(micros).wrapping_mul(1000)
    }

    /// Appends session, document and the page's own attributes to a span or log record.
    pub(crate) fn write_context(&self, writer: &mut Writer, list: u32) {
        let fields = Fields::of(&self.context);
        attributes::write(writer, list, &fields, 0, &context::ATTRIBUTES);
        attributes::texts(writer, list, fields.text(context::OWN));
    }
}
