//! Suite `sampling`: thresholds, the `ot` member and decisions.

use crate::request::{RequestError, trace_id};
use serde::{Deserialize, Serialize};
use throughline_trace_context::ot::Ot;
use throughline_trace_context::sampling::{Precision, Randomness, Threshold};

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Request {
    ProbToTh {
        p: f64,
        precision: Option<u8>,
    },
    ThToProb {
        th: String,
    },
    ParseOt {
        ot: String,
    },
    /// Compares with the threshold in `ot` when there is no `th`.
    Decide {
        trace_id: String,
        ot: Option<String>,
        th: Option<String>,
    },
    /// Returns the new threshold alone; the op `decide` says which traces are kept.
    Downsample {
        ot: Option<String>,
        p: f64,
    },
}

/// Null when there is no threshold: probability 0 has none.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    Threshold {
        th: Option<String>,
    },
    Probability {
        p: Option<f64>,
    },
    Ot {
        ok: bool,
        th: Option<String>,
        rv: Option<String>,
        extra: Vec<String>,
    },
    Decision {
        sampled: bool,
    },
    Downsampled {
        ok: bool,
        ot: String,
    },
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    Ok(match request {
        Request::ProbToTh { p, precision } => Response::Threshold {
            th: Threshold::from_probability(p, parse_precision(precision)?)
                .ok()
                .map(Threshold::format),
        },
        Request::ThToProb { th } => Response::Probability {
            p: Threshold::parse(&th).map(Threshold::probability),
        },
        Request::ParseOt { ot } => describe(Ot::parse(&ot).ok()),
        Request::Decide { trace_id, ot, th } => {
            let ot = parse(&ot);
            let randomness = randomness(&trace_id, &ot)?;
            let threshold = parse_threshold(th)?.or_else(|| ot.threshold());
            Response::Decision {
                sampled: threshold.is_some_and(|threshold| threshold.keeps(randomness)),
            }
        }
        Request::Downsample { ot, p } => {
            let raised = Threshold::from_probability(p, Precision::DEFAULT)
                .ok()
                .and_then(|threshold| parse(&ot).raised_to(threshold));
            Response::Downsampled {
                ok: raised.is_some(),
                ot: raised.or(ot).unwrap_or_default(),
            }
        }
    })
}

fn describe(ot: Option<Ot<'_>>) -> Response {
    let own = |key| ot.and_then(|ot| ot.get(key)).map(String::from);
    Response::Ot {
        ok: ot.is_some(),
        th: own("th"),
        rv: own("rv"),
        extra: ot
            .into_iter()
            .flat_map(Ot::unknown)
            .map(|(key, value)| format!("{key}:{value}"))
            .collect(),
    }
}

/// A malformed `ot` counts as absent.
fn parse(ot: &Option<String>) -> Ot<'_> {
    ot.as_deref()
        .and_then(|ot| Ot::parse(ot).ok())
        .unwrap_or_default()
}

fn randomness(trace_id_text: &str, ot: &Ot<'_>) -> Result<Randomness, RequestError> {
    let of_trace = trace_id(trace_id_text)?.into();
    Ok(ot.explicit_randomness().unwrap_or(of_trace))
}

fn parse_threshold(th: Option<String>) -> Result<Option<Threshold>, RequestError> {
    th.map(|th| Threshold::parse(&th).ok_or(RequestError::Threshold(th)))
        .transpose()
}

fn parse_precision(digits: Option<u8>) -> Result<Precision, RequestError> {
    match digits {
        None => Ok(Precision::EXACT),
        Some(digits) => Precision::digits(digits).ok_or(RequestError::Precision(digits)),
    }
}
