//! The messages of a logs export: `opentelemetry/proto/logs/v1/logs.proto`.

use super::shared::{ANY_VALUE, KEY_VALUE, RESOURCE, SCOPE};
use super::{Kind, Message, Role, many, one};
use crate::field::{export_request, log_record, resource_group, scope_group};

pub(super) static EXPORT_REQUEST: Message = Message {
    name: "ExportLogsServiceRequest",
    role: Role::Envelope,
    fields: &[many(
        export_request::RESOURCE,
        "resourceLogs",
        Kind::Message(&RESOURCE_LOGS),
    )],
};

static RESOURCE_LOGS: Message = Message {
    name: "ResourceLogs",
    role: Role::Envelope,
    fields: &[
        one(
            resource_group::RESOURCE,
            "resource",
            Kind::Message(&RESOURCE),
        ),
        many(
            resource_group::SCOPE,
            "scopeLogs",
            Kind::Message(&SCOPE_LOGS),
        ),
        one(resource_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static SCOPE_LOGS: Message = Message {
    name: "ScopeLogs",
    role: Role::Envelope,
    fields: &[
        one(scope_group::SCOPE, "scope", Kind::Message(&SCOPE)),
        many(
            scope_group::RECORD,
            "logRecords",
            Kind::Message(&LOG_RECORD),
        ),
        one(scope_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static LOG_RECORD: Message = Message {
    name: "LogRecord",
    role: Role::Record,
    fields: &[
        one(log_record::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one(
            log_record::OBSERVED_TIME_UNIX_NANO,
            "observedTimeUnixNano",
            Kind::Fixed64,
        ),
        one(log_record::SEVERITY_NUMBER, "severityNumber", Kind::Enum),
        one(log_record::SEVERITY_TEXT, "severityText", Kind::String),
        one(log_record::BODY, "body", Kind::Message(&ANY_VALUE)),
        many(
            log_record::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            log_record::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
        one(log_record::FLAGS, "flags", Kind::Fixed32),
        one(log_record::TRACE_ID, "traceId", Kind::TraceId),
        one(log_record::SPAN_ID, "spanId", Kind::SpanId),
        one(log_record::EVENT_NAME, "eventName", Kind::String),
    ],
};
