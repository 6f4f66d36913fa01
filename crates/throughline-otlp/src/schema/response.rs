//! The messages of a receiver's response:
//! `opentelemetry/proto/collector/*/v1/*_service.proto` and
//! <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>.

use super::{Kind, Message, Role, many, one};
use crate::field::{any, export_response, partial_success, rpc_status};

pub(super) static EXPORT_TRACE_RESPONSE: Message = Message {
    name: "ExportTraceServiceResponse",
    role: Role::Envelope,
    fields: &[one(
        export_response::PARTIAL_SUCCESS,
        "partialSuccess",
        Kind::Message(&TRACE_PARTIAL_SUCCESS),
    )],
};

pub(super) static EXPORT_LOGS_RESPONSE: Message = Message {
    name: "ExportLogsServiceResponse",
    role: Role::Envelope,
    fields: &[one(
        export_response::PARTIAL_SUCCESS,
        "partialSuccess",
        Kind::Message(&LOGS_PARTIAL_SUCCESS),
    )],
};

pub(super) static EXPORT_METRICS_RESPONSE: Message = Message {
    name: "ExportMetricsServiceResponse",
    role: Role::Envelope,
    fields: &[one(
        export_response::PARTIAL_SUCCESS,
        "partialSuccess",
        Kind::Message(&METRICS_PARTIAL_SUCCESS),
    )],
};

static TRACE_PARTIAL_SUCCESS: Message = Message {
    name: "ExportTracePartialSuccess",
    role: Role::Envelope,
    fields: &[
        one(partial_success::REJECTED, "rejectedSpans", Kind::Int64),
        one(partial_success::ERROR_MESSAGE, "errorMessage", Kind::String),
    ],
};

static LOGS_PARTIAL_SUCCESS: Message = Message {
    name: "ExportLogsPartialSuccess",
    role: Role::Envelope,
    fields: &[
        one(partial_success::REJECTED, "rejectedLogRecords", Kind::Int64),
        one(partial_success::ERROR_MESSAGE, "errorMessage", Kind::String),
    ],
};

static METRICS_PARTIAL_SUCCESS: Message = Message {
    name: "ExportMetricsPartialSuccess",
    role: Role::Envelope,
    fields: &[
        one(partial_success::REJECTED, "rejectedDataPoints", Kind::Int64),
        one(partial_success::ERROR_MESSAGE, "errorMessage", Kind::String),
    ],
};

pub(super) static RPC_STATUS: Message = Message {
    name: "Status",
    role: Role::Envelope,
    fields: &[
        one(rpc_status::CODE, "code", Kind::Int32),
        one(rpc_status::MESSAGE, "message", Kind::String),
        many(rpc_status::DETAILS, "details", Kind::Message(&ANY)),
    ],
};

static ANY: Message = Message {
    name: "Any",
    role: Role::Part,
    fields: &[
        one(any::TYPE_URL, "typeUrl", Kind::String),
        one(any::VALUE, "value", Kind::Bytes),
    ],
};
