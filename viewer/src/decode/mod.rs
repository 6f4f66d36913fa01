//! Decodes OTLP export requests as borrowed slices, never as a tree.

mod any_value;
mod detail;
mod exception;
mod exemplar;
mod log_record;
mod metric;
mod outcome_count;
mod point;
mod span;
mod stack;
mod web_vital;

use any_value::text_of_json as value_text_of_json;
pub(crate) use any_value::{Attributes, json as value_json, text as value_text};
pub(crate) use detail::detail;
pub(crate) use exception::Exception;
pub(crate) use exemplar::Exemplar;
pub(crate) use log_record::LogRecord;
pub(crate) use metric::{Metric, MetricHead, MetricKind, Temporality};
pub(crate) use outcome_count::OutcomeCount;
pub(crate) use point::{Buckets, Distribution, Indexed, MetricPoint, PointValue};
pub(crate) use span::Span;
pub(crate) use web_vital::{WebVital, page, path_of};

use std::borrow::Cow;
use throughline_otlp::field::{export_request, resource, resource_group, scope, scope_group};
use throughline_otlp::protobuf::{DecodeError, Value, fields};
use throughline_trace_context::hex;

/// 16 bytes, never all zero.
pub(crate) type TraceId = [u8; 16];
/// 8 bytes, never all zero.
pub(crate) type SpanId = [u8; 8];

/// A span, log record or metric with its resource and scope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) resource: &'a [u8],
    pub(crate) scope: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

/// Reads the records of an `Export*ServiceRequest`, in order.
pub(crate) fn records(export_request: &[u8]) -> Result<Vec<Record<'_>>, DecodeError> {
    let mut records = Vec::new();
    for resource_group in submessages(export_request, export_request::RESOURCE) {
        let resource_group = resource_group?;
        let resource = submessage(resource_group, resource_group::RESOURCE)?;
        for scope_group in submessages(resource_group, resource_group::SCOPE) {
            let scope_group = scope_group?;
            let scope = submessage(scope_group, scope_group::SCOPE)?;
            for bytes in submessages(scope_group, scope_group::RECORD) {
                records.push(Record {
                    resource,
                    scope,
                    bytes: bytes?,
                });
            }
        }
    }
    Ok(records)
}

/// The service name of a resource, or the specification's name for a missing one.
///
/// <https://opentelemetry.io/docs/specs/semconv/resource/#service>
pub(crate) fn service_name(resource: &[u8]) -> Cow<'_, str> {
    Attributes::of(resource, resource::ATTRIBUTES)
        .text(throughline_semconv::SERVICE_NAME)
        .filter(|name| !name.is_empty())
        .unwrap_or(Cow::Borrowed(UNKNOWN_SERVICE))
}

/// The version of the service that a resource describes, where it has one.
pub(crate) fn service_version(resource: &[u8]) -> Option<Cow<'_, str>> {
    Attributes::of(resource, resource::ATTRIBUTES)
        .text(throughline_semconv::SERVICE_VERSION)
        .filter(|version| !version.is_empty())
}

/// Whether a resource is a page in a browser, as OpenTelemetry's SDK for pages and the edge say it.
pub(crate) fn is_page(resource: &[u8]) -> bool {
    Attributes::of(resource, resource::ATTRIBUTES)
        .text(throughline_semconv::TELEMETRY_SDK_LANGUAGE)
        .is_some_and(|language| language == "webjs")
}

/// The id of the process that a resource describes, empty where it has none.
pub(crate) fn instance_id(resource: &[u8]) -> Cow<'_, str> {
    Attributes::of(resource, resource::ATTRIBUTES)
        .text(throughline_semconv::SERVICE_INSTANCE_ID)
        .unwrap_or_default()
}

/// The resource's attributes as a JSON object.
pub(crate) fn resource_json(resource: &[u8]) -> serde_json::Value {
    Attributes::of(resource, resource::ATTRIBUTES).json()
}

/// `{name, version, attributes}` of an instrumentation scope.
pub(crate) fn scope_json(scope: &[u8]) -> serde_json::Value {
    let mut name = Cow::Borrowed("");
    let mut version = Cow::Borrowed("");
    for field in fields(scope).map_while(Result::ok) {
        match (field.number, field.value) {
            (scope::NAME, Value::Bytes(bytes)) => name = String::from_utf8_lossy(bytes),
            (scope::VERSION, Value::Bytes(bytes)) => version = String::from_utf8_lossy(bytes),
            _ => {}
        }
    }
    serde_json::json!({
        "name": name,
        "version": version,
        "attributes": Attributes::of(scope, scope::ATTRIBUTES).json(),
    })
}

/// Formats an id, or an unset one as the empty string, as in OTLP's own JSON.
///
/// <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>
pub(crate) fn id_json<const N: usize>(id: Option<[u8; N]>) -> serde_json::Value {
    id.map_or_else(String::new, |id| hex::encode(&id)).into()
}

/// Parses an id as a person may paste it: hexadecimal of either case, not all zero.
pub(crate) fn id_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    id_from_bytes(&hex::decode(text)?)
}

/// Reads an id of OTLP; `None` when its length is wrong or it is all zero.
fn id_from_bytes<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let id: [u8; N] = bytes.try_into().ok()?;
    (id != [0; N]).then_some(id)
}

/// Calls `read` with the number and the value of each field of a message.
fn each_field<'a>(
    message: &'a [u8],
    mut read: impl FnMut(u32, Value<'a>),
) -> Result<(), DecodeError> {
    for field in fields(message) {
        let field = field?;
        read(field.number, field.value);
    }
    Ok(())
}

fn submessages(
    message: &[u8],
    number: u32,
) -> impl Iterator<Item = Result<&[u8], DecodeError>> + '_ {
    fields(message).filter_map(move |field| match field {
        Ok(field) if field.number == number => field.value.as_bytes().map(Ok),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

fn submessage(message: &[u8], number: u32) -> Result<&[u8], DecodeError> {
    submessages(message, number).last().unwrap_or(Ok(&[]))
}

const UNKNOWN_SERVICE: &str = "unknown_service";
