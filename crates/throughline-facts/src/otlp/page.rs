//! Keeps what header and context say of the page: resource, session, document and clock.

use super::attributes;
use crate::text::{Fields, List, records};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::resource::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_wire::facts::{context, header};

/// The page as its header and its last context describe it.
#[derive(Debug)]
pub struct Page {
    /// An encoded `Resource`; empty before the header.
    resource: Vec<u8>,
    /// Version of the package.
    pub(super) package_version: String,
    /// The wall clock at the page's time origin, µs since the Unix epoch.
    time_origin: u64,
    /// The last context.
    context: String,
}

impl Page {
    /// A page before its header.
    pub const fn new() -> Self {
        Self {
            resource: Vec::new(),
            package_version: String::new(),
            time_origin: 0,
            context: String::new(),
        }
    }

    /// Reads headers and contexts of this version of the format: a context changes while the
    /// page lives. Other facts say nothing of the page.
    pub fn read(&mut self, facts: &str) {
        for record in records(facts) {
            let fields = &Fields::of(record);
            match fields.kind() {
                header::KIND => self.read_header(fields),
                context::KIND => {
                    self.time_origin = fields.number(context::TIME_ORIGIN);
                    self.context = record.into();
                }
                _ => {}
            }
        }
    }

    /// The page's resource, an encoded `Resource`; empty before the header.
    pub fn resource(&self) -> &[u8] {
        &self.resource
    }

    /// The context of the record, as text.
    pub(super) fn context(&self) -> &str {
        &self.context
    }

    /// Appends session, document and the page's own attributes to a span or log record, whose
    /// attributes are in field `list`.
    pub fn write_context(&self, writer: &mut Writer, list: u32) {
        let fields = Fields::of(&self.context);
        attributes::write(writer, list, &fields, 0, &context::ATTRIBUTES);
        attributes::texts(writer, list, fields.text(context::OWN));
        attributes::typed(writer, list, fields.text(context::TYPED));
        // In spans and log records this field is behind that of the attributes. A record that counts
        // its own too has the sum behind it, and the last one counts.
        writer.varint(
            list + 1,
            fields.number(context::DROPPED) & u64::from(u32::MAX),
        );
    }

    fn read_header(&mut self, fields: &Fields<'_>) {
        let mut writer = Writer::new();
        self.package_version = fields.text(header::PACKAGE_VERSION).into();
        for (key, value) in [
            (semconv::TELEMETRY_SDK_NAME, "throughline"),
            (semconv::TELEMETRY_SDK_LANGUAGE, "webjs"),
            (semconv::TELEMETRY_SDK_VERSION, &self.package_version),
        ] {
            attribute::string(&mut writer, ATTRIBUTES, key, value);
        }
        attributes::write(&mut writer, ATTRIBUTES, fields, 0, &header::ATTRIBUTES);
        let mut brands = List::items(fields.text(header::BRANDS));
        if !brands.is_empty() {
            let brands =
                core::iter::from_fn(|| Some(brands.text()).filter(|brand| !brand.is_empty()));
            attribute::strings(&mut writer, ATTRIBUTES, semconv::BROWSER_BRANDS, brands);
        }
        self.resource = writer.into_bytes();
    }

    /// A time of the page, in µs since its time origin, as ns since the Unix epoch.
    pub(super) const fn unix_nano(&self, micros: u64) -> u64 {
        // A clock of the year 2500 is wrong already; a checked product would bring
        // 128-bit arithmetic into the module.
        self.time_origin.wrapping_add(micros).wrapping_mul(1000)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `npm/browser/src/session/end.ts` writes such times: a session of the page before has ended.
    #[test]
    fn a_time_before_the_page_is_2_to_the_61_more() {
        let mut page = Page::new();
        page.time_origin = 1_700_000_000_000_000;
        let before = (1_u64 << 61) - 1_800_000_000;
        let record = alloc::format!("L\u{1f}{before}");
        let fields = Fields::of(&record);
        assert_eq!(
            page.unix_nano(fields.number(1)),
            1_699_998_200_000_000_000,
            "half an hour before"
        );
    }
}
