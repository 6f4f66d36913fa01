//! Suite `xray`: the AWS X-Ray header.

use crate::question::{QuestionError, span_id, trace_id};
use serde::{Deserialize, Serialize};
use throughline_trace_context::xray::XrayHeader;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Question {
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
pub(crate) enum Answer {
    Extracted {
        trace_id: Option<String>,
        span_id: Option<String>,
        sampled: Option<bool>,
    },
    Injected {
        header: String,
    },
}

pub(crate) fn answer(question: Question) -> Result<Answer, QuestionError> {
    Ok(match question {
        Question::Extract { header } => {
            let header = XrayHeader::parse(&header);
            Answer::Extracted {
                trace_id: header.trace_id.map(|id| id.to_string()),
                span_id: header.span_id.map(|id| id.to_string()),
                sampled: header.sampled,
            }
        }
        Question::Inject {
            trace_id: trace,
            span_id: span,
            sampled,
        } => {
            let header = XrayHeader {
                trace_id: Some(trace_id(&trace)?),
                span_id: Some(span_id(&span)?),
                sampled,
            };
            Answer::Injected {
                header: header.format(),
            }
        }
    })
}
