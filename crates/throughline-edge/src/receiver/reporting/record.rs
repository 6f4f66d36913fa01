//! The log records of reports.

use super::crash_context;
use super::kind::Kind;
use super::report::Report;
use super::value;
use crate::identity;
use serde_json::Value;
use throughline_otlp::attribute;
use throughline_otlp::envelope;
use throughline_otlp::field::log_record::{
    ATTRIBUTES, EVENT_NAME, OBSERVED_TIME_UNIX_NANO, SEVERITY_NUMBER, TIME_UNIX_NANO,
};
use throughline_otlp::field::scope_group;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// The log records of one request.
#[derive(Debug)]
pub(super) struct Records<'a> {
    writer: Writer,
    received_unix_nano: u64,
    /// The User-Agent header, for reports that do not name the browser.
    user_agent: &'a str,
}

impl<'a> Records<'a> {
    /// No records, of a request that arrived at this time.
    pub(super) const fn new(received_unix_nano: u64, user_agent: &'a str) -> Self {
        Self {
            writer: Writer::new(),
            received_unix_nano,
            user_agent,
        }
    }

    /// Appends the log record of a report.
    pub(super) fn append(&mut self, mut report: Report) {
        let kind = Kind::of(&report.kind);
        let record = &mut self.writer;
        let open = record.open(scope_group::RECORD);
        let age = report.age.saturating_mul(NANOS_A_MILLISECOND);
        // An age from before 1970 is none.
        let time = self.received_unix_nano.checked_sub(age);
        let time = time.unwrap_or(self.received_unix_nano);
        record.fixed64(TIME_UNIX_NANO, time);
        record.fixed64(OBSERVED_TIME_UNIX_NANO, self.received_unix_nano);
        record.varint(SEVERITY_NUMBER, kind.severity(&report.body));
        record.string(EVENT_NAME, kind.event);
        let user_agent = report.user_agent.as_deref().unwrap_or(self.user_agent);
        for (key, text) in [
            (semconv::BROWSER_REPORT_TYPE, &*report.kind),
            (kind.url, report.url.as_deref().unwrap_or_default()),
            (semconv::USER_AGENT_ORIGINAL, user_agent),
        ] {
            if !text.is_empty() {
                attribute::string(record, ATTRIBUTES, key, text);
            }
        }
        crash_context::write(record, &mut report);
        let body = &mut report.body;
        // The same as the report's own.
        if body.get("documentURL").and_then(Value::as_str) == report.url.as_deref() {
            body.remove("documentURL");
        }
        for member in kind.attributes {
            value::write_member(record, body, member);
        }
        value::write_map(record, semconv::BROWSER_REPORT_BODY, body);
        record.close(open);
    }

    /// The export request, empty when there are no records.
    pub(super) fn finish(self, service: Option<&str>) -> Vec<u8> {
        if self.writer.as_bytes().is_empty() {
            return Vec::new();
        }
        let resource = match service {
            Some(name) => envelope::resource(&[(semconv::SERVICE_NAME, name)]),
            None => Vec::new(),
        };
        identity::origin(&resource).export_request(|writer| writer.raw(self.writer.as_bytes()))
    }
}

const NANOS_A_MILLISECOND: u64 = 1_000_000;
