//! Splits requests of log records by their size as text.
//!
//! Amazon CloudWatch Logs makes an event of each record, with the resource and the scope in it, and
//! bounds the text of all events of a request: a resource that a thousand records share counts a
//! thousand times. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html>

use super::backend::Part;
use throughline_otlp::Signal;
use throughline_otlp::field::{export_request, resource_group, scope_group};
use throughline_otlp::json;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite_inspected};
use throughline_otlp::schema::{self, Kind};
use throughline_otlp::split::{Limits, split};

/// Splits a part with log records until each has at most `most` bytes as text, or one record.
pub(super) fn split_by_text(part: Part, most: usize) -> Vec<Part> {
    let bytes = text_bytes(&part.request);
    if part.records < 2 || bytes <= most {
        return vec![part];
    }
    // Records differ in size: what is still too large is split once more.
    let parts = bytes.div_ceil(most.max(1)) as u64;
    let limits = Limits {
        bytes: 0,
        records: part.records.div_ceil(parts),
    };
    let Ok(parts) = split(Signal::Logs, &part.request, limits) else {
        return vec![part];
    };
    let parts = parts.into_iter().map(|part| Part {
        request: part.request.into(),
        records: part.records,
    });
    parts.flat_map(|part| split_by_text(part, most)).collect()
}

/// The bytes of all log records of an inspected request: each as OTLP/JSON, with its resource and its
/// scope, and [`BYTES_OF_EACH`] more. CloudWatch's own text has the same names or shorter ones.
fn text_bytes(request: &[u8]) -> usize {
    let mut texts = Texts::default();
    // What was inspected can be read.
    let _ = rewrite_inspected(Signal::Logs, request, &mut [&mut texts]);
    texts.bytes
}

#[derive(Default)]
struct Texts {
    bytes: usize,
    /// Of the resource and of the scope that came last.
    resource: Counted,
    scope: Counted,
}

#[derive(Default)]
struct Counted {
    message: Vec<u8>,
    bytes: usize,
}

impl Counted {
    /// The bytes of a message as text, which is often that of before.
    fn bytes(&mut self, path: &[u32], message: &[u8]) -> usize {
        if self.message != message {
            message.clone_into(&mut self.message);
            self.bytes = bytes_of(path, message);
        }
        self.bytes
    }
}

impl Stage for Texts {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        self.bytes += BYTES_OF_EACH
            + self.resource.bytes(&RESOURCE, envelope.resource)
            + self.scope.bytes(&SCOPE, envelope.scope)
            + bytes_of(&RECORD, record.bytes());
        Keep::Yes
    }
}

/// The bytes of the message at a path of fields of a request, as JSON.
fn bytes_of(path: &[u32], message: &[u8]) -> usize {
    let mut schema = schema::export_request(Signal::Logs);
    for number in path {
        match schema.field(*number).map(|field| field.kind) {
            Some(Kind::Message(inner)) => schema = inner,
            _ => return message.len(),
        }
    }
    json::from_protobuf(schema, message).map_or(message.len(), |text| text.len())
}

const RESOURCE: [u32; 2] = [export_request::RESOURCE, resource_group::RESOURCE];
const SCOPE: [u32; 3] = [
    export_request::RESOURCE,
    resource_group::SCOPE,
    scope_group::SCOPE,
];
const RECORD: [u32; 3] = [
    export_request::RESOURCE,
    resource_group::SCOPE,
    scope_group::RECORD,
];
/// Bytes that CloudWatch adds for each record, which are 26, and those of the names of fields that a record has not,
/// which it may write with their empty values.
const BYTES_OF_EACH: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::attribute;
    use throughline_otlp::field::{any_value, log_record};
    use throughline_otlp::protobuf::Writer;

    /// A request of records with these bodies, which share a resource of this name.
    fn request(service: &str, bodies: &[&str]) -> Part {
        let mut writer = Writer::new();
        let group = writer.open(export_request::RESOURCE);
        let resource = writer.open(resource_group::RESOURCE);
        attribute::string(&mut writer, 1, "service.name", service);
        writer.close(resource);
        let scope = writer.open(resource_group::SCOPE);
        for body in bodies {
            let record = writer.open(scope_group::RECORD);
            let value = writer.open(log_record::BODY);
            writer.string(any_value::STRING, body);
            writer.close(value);
            writer.close(record);
        }
        writer.close(scope);
        writer.close(group);
        Part {
            request: writer.into_bytes().into(),
            records: bodies.len() as u64,
        }
    }

    #[test]
    fn a_record_counts_with_its_resource_as_text() {
        let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}"#;
        let record = |body: &str| format!(r#"{{"body":{{"stringValue":"{body}"}}}}"#).len();
        let around = resource.len() + BYTES_OF_EACH;
        let sent = request("shop", &["a", "\"\n"]);
        let wanted = 2 * around + record("a") + record("\\\"\\n");
        assert_eq!(text_bytes(&sent.request), wanted);
    }

    #[test]
    fn no_part_has_more_text_unless_it_is_one_record() {
        let large = "x".repeat(4_000);
        let bodies: Vec<&str> = (0..40)
            .map(|at| if at % 7 == 0 { large.as_str() } else { "a" })
            .collect();
        let parts = split_by_text(request("shop", &bodies), 3_000);
        assert_eq!(parts.iter().map(|part| part.records).sum::<u64>(), 40);
        assert!(parts.len() < 30, "{}", parts.len());
        for part in parts {
            assert!(part.records == 1 || text_bytes(&part.request) <= 3_000);
        }
    }
}
