//! Suite `xray`: the AWS X-Ray header.

use crate::request::{RequestError, span_id, trace_id};
use serde::{Deserialize, Serialize};
use throughline_trace_context::xray::XrayHeader;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Request {
    Extract {
        header: String,
    },
    Inject {
        trace_id: String,
        span_id: String,
        sampled: Option<bool>,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    Extracted {
        trace_id: Option<String>,
        span_id: Option<String>,
        sampled: Option<bool>,
    },
    Injected {
        header: String,
    },
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    Ok(match request {
        Request::Extract { header } => {
            let header = XrayHeader::parse(&header);
            Response::Extracted {
                trace_id: header.trace_id.map(|id| id.to_string()),
                span_id: header.span_id.map(|id| id.to_string()),
                sampled: header.sampled,
            }
        }
        Request::Inject {
            trace_id: trace,
            span_id: span,
            sampled,
        } => {
            let header = XrayHeader {
                trace_id: Some(trace_id(&trace)?),
                span_id: Some(span_id(&span)?),
                sampled,
            };
            Response::Injected {
                header: header.format(),
            }
        }
    })
}
