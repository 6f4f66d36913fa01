//! The messages of a trace export: `opentelemetry/proto/trace/v1/trace.proto`.

use super::shared::{KEY_VALUE, RESOURCE, SCOPE};
use super::{Kind, Message, Role, many, one, required};
use crate::field::{
    export_request, resource_group, scope_group, span, span_event, span_link, status,
};

pub(super) static EXPORT_REQUEST: Message = Message {
    name: "ExportTraceServiceRequest",
    role: Role::Envelope,
    fields: &[many(
        export_request::RESOURCE,
        "resourceSpans",
        Kind::Message(&RESOURCE_SPANS),
    )],
};

static RESOURCE_SPANS: Message = Message {
    name: "ResourceSpans",
    role: Role::Envelope,
    fields: &[
        one(
            resource_group::RESOURCE,
            "resource",
            Kind::Message(&RESOURCE),
        ),
        many(
            resource_group::SCOPE,
            "scopeSpans",
            Kind::Message(&SCOPE_SPANS),
        ),
        one(resource_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static SCOPE_SPANS: Message = Message {
    name: "ScopeSpans",
    role: Role::Envelope,
    fields: &[
        one(scope_group::SCOPE, "scope", Kind::Message(&SCOPE)),
        many(scope_group::RECORD, "spans", Kind::Message(&SPAN)),
        one(scope_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static SPAN: Message = Message {
    name: "Span",
    role: Role::Record,
    fields: &[
        required(span::TRACE_ID, "traceId", Kind::TraceId),
        required(span::SPAN_ID, "spanId", Kind::SpanId),
        one(span::TRACE_STATE, "traceState", Kind::String),
        one(span::PARENT_SPAN_ID, "parentSpanId", Kind::SpanId),
        one(span::FLAGS, "flags", Kind::Fixed32),
        one(span::NAME, "name", Kind::String),
        one(span::KIND, "kind", Kind::Enum),
        one(
            span::START_TIME_UNIX_NANO,
            "startTimeUnixNano",
            Kind::Fixed64,
        ),
        one(span::END_TIME_UNIX_NANO, "endTimeUnixNano", Kind::Fixed64),
        many(span::ATTRIBUTES, "attributes", Kind::Message(&KEY_VALUE)),
        one(
            span::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
        many(span::EVENTS, "events", Kind::Message(&EVENT)),
        one(
            span::DROPPED_EVENTS_COUNT,
            "droppedEventsCount",
            Kind::Uint32,
        ),
        many(span::LINKS, "links", Kind::Message(&LINK)),
        one(span::DROPPED_LINKS_COUNT, "droppedLinksCount", Kind::Uint32),
        one(span::STATUS, "status", Kind::Message(&STATUS)),
    ],
};

static EVENT: Message = Message {
    name: "Event",
    role: Role::Part,
    fields: &[
        one(span_event::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one(span_event::NAME, "name", Kind::String),
        many(
            span_event::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            span_event::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
    ],
};

static LINK: Message = Message {
    name: "Link",
    role: Role::Part,
    fields: &[
        one(span_link::TRACE_ID, "traceId", Kind::TraceId),
        one(span_link::SPAN_ID, "spanId", Kind::SpanId),
        one(span_link::TRACE_STATE, "traceState", Kind::String),
        many(
            span_link::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            span_link::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
        one(span_link::FLAGS, "flags", Kind::Fixed32),
    ],
};

static STATUS: Message = Message {
    name: "Status",
    role: Role::Part,
    fields: &[
        one(status::MESSAGE, "message", Kind::String),
        one(status::CODE, "code", Kind::Enum),
    ],
};
