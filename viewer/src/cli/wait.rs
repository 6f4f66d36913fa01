//! `throughline wait`: waits until a trace is whole, for tests from end to end.

use super::{CliError, write_result};
use crate::query::catalog::Query;
use crate::source::{Source, SourceError};
use form_urlencoded::Serializer;
use jiff::SignedDuration;
use serde_json::Value as Json;
use std::io::Write;
use std::time::{Duration, Instant};

/// A trace that is waited for.
#[derive(Debug, PartialEq, Eq)]
pub struct Wait {
    /// The name of a span of the trace.
    pub(super) name: String,
    pub(super) timeout: SignedDuration,
    /// The earliest start of the trace; a minute before now by default.
    pub(super) since: Option<String>,
    pub(super) json: bool,
}

impl Wait {
    /// Waits, and prints the trace.
    pub(super) fn run(&self, source: &dyn Source, out: &mut dyn Write) -> Result<(), CliError> {
        let (traces, trace) = (named("traces")?, named("trace")?);
        let timeout = self.timeout.unsigned_abs();
        let began = Instant::now();
        // A test that runs after another must not get its trace, so old ones do not count.
        let since = match &self.since {
            Some(since) => since.clone(),
            None => (jiff::Timestamp::now() - SignedDuration::from_mins(1)).to_string(),
        };
        let parameters = Serializer::new(String::new())
            .append_pair("name", &self.name)
            .append_pair("since", &since)
            .append_pair("limit", "1")
            .finish();
        let mut last: Option<(Json, Instant)> = None;
        loop {
            let failure = match newest(source, traces, &parameters) {
                Ok(newest) => {
                    if let Some(newest) = newest
                        && !matches!(&last, Some((before, _)) if *before == newest)
                    {
                        last = Some((newest, Instant::now()));
                    }
                    if let Some((newest, since)) = &last
                        && newest["root"]["arrived"] == true
                        && since.elapsed() >= QUIET
                    {
                        let id = newest["trace_id"].as_str().unwrap_or_default();
                        // A script looks for spans; for a person equal ones are joined.
                        let expand = u8::from(self.json);
                        let whole =
                            source.query(trace, &format!("trace_id={id}&expand={expand}"))?;
                        return write_result("trace", &whole, self.json, out);
                    }
                    None
                }
                // A test starts the program and this command together: it may not listen yet.
                Err(SourceError::Failed(reason)) => Some(reason),
                Err(error) => return Err(error.into()),
            };
            if began.elapsed() >= timeout {
                return Err(match failure {
                    Some(reason) => SourceError::Failed(reason).into(),
                    None => CliError::NotInTime(self.reason(last.map(|(last, _)| last))),
                });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Why there is no trace yet.
    fn reason(&self, newest: Option<Json>) -> String {
        let Self { name, timeout, .. } = self;
        match newest {
            None => format!(
                "no trace with a span {name:?} arrived within {timeout:#}; `throughline traces` lists those that did"
            ),
            Some(newest) => format!(
                "trace {} was not whole within {timeout:#}: it has {} spans, {}; `throughline trace` shows it",
                newest["trace_id"].as_str().unwrap_or_default(),
                newest["spans"],
                match newest["root"]["arrived"] == true {
                    true => "and was still growing",
                    false => "but not its root",
                },
            ),
        }
    }
}

/// The newest trace that matches.
fn newest(
    source: &dyn Source,
    traces: &Query,
    parameters: &str,
) -> Result<Option<Json>, SourceError> {
    let mut list = source.query(traces, parameters)?;
    Ok(list.pointer_mut("/traces/0").map(Json::take))
}

fn named(name: &'static str) -> Result<&'static Query, SourceError> {
    Query::named(name).ok_or_else(|| SourceError::Refused(format!("no query {name}")))
}

/// A trace that has not grown for so long is whole: services export every few seconds at most,
/// and the page's own spans, with the root, come last.
const QUIET: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
