//! Asks the `throughline dev` of another process, by HTTP.

use super::changes::Changes;
use crate::cause::innermost;
use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use throughline_edge::has_usable_port;
use throughline_otlp::Signal;
use throughline_viewer::{OUTCOMES_PATH, Query, Resolve, Source, SourceError};
use tokio::runtime::Builder;
use tokio::time::timeout;

/// A program that runs elsewhere.
#[derive(Debug)]
pub(super) struct Remote {
    /// The address, without a slash at its end.
    base: String,
    /// The time limit for one answer.
    patience: Duration,
}

impl Remote {
    /// The program at an address such as `http://127.0.0.1:4318`.
    pub(super) fn new(address: &str) -> Result<Self, SourceError> {
        let base = address.trim_end_matches('/').to_owned();
        let uri: Option<Uri> = base.parse().ok();
        match uri {
            Some(uri) if uri.scheme_str() == Some("http") && has_usable_port(&uri) => Ok(Self {
                base,
                patience: PATIENCE,
            }),
            _ => Err(SourceError::Refused(format!(
                "--from {address:?} is not the address of a `throughline dev`, such as http://127.0.0.1:4318"
            ))),
        }
    }

    fn counts(&self) -> Result<Counts, SourceError> {
        let body = self.get(OUTCOMES_PATH)?;
        Ok(Counts::read(
            &serde_json::from_slice(&body).map_err(|_| self.other_version())?,
        ))
    }

    fn other_version(&self) -> SourceError {
        let base = &self.base;
        SourceError::Failed(format!(
            "{base} responds, but is no `throughline dev` of this version"
        ))
    }

    fn get(&self, path: &str) -> Result<Bytes, SourceError> {
        self.send(Method::GET, path, Bytes::new())
    }

    fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, SourceError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SourceError::Failed(error.to_string()))?;
        let exchange = self.exchange(method, path, body);
        let answer = runtime.block_on(async { timeout(self.patience, exchange).await });
        answer.unwrap_or_else(|_| Err(self.no_answer(&format!("none within {:?}", self.patience))))
    }

    fn no_answer(&self, reason: &str) -> SourceError {
        let base = &self.base;
        SourceError::Failed(format!(
            "no answer from {base}: {reason}; is `throughline dev` running there?"
        ))
    }

    async fn changes(&self) -> Result<Changes, SourceError> {
        let failed = |error: &dyn std::error::Error| self.no_answer(&innermost(error));
        let request = Request::builder()
            .uri(format!("{}/api/events", self.base))
            .body(Full::<Bytes>::default())
            .map_err(|error| failed(&error))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await;
        let response = response.map_err(|error| failed(&error))?;
        if !response.status().is_success() {
            return Err(self.other_version());
        }
        Changes::of(response.into_body()).map_err(|error| failed(&error))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Bytes, SourceError> {
        let failed = |error: &dyn std::error::Error| self.no_answer(&innermost(error));
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| failed(&error))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await;
        let response = response.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| failed(&error))?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        let json: Option<Json> = serde_json::from_slice(&body).ok();
        let message = json.as_ref().and_then(|json| {
            let error = json.get("error").or_else(|| json.get("message"));
            error.and_then(Json::as_str).map(str::to_owned)
        });
        let message = message.unwrap_or_else(|| format!("{} responds with {status}", self.base));
        Err(match status.is_client_error() {
            true => SourceError::Refused(message),
            false => SourceError::Failed(message),
        })
    }
}

impl Source for Remote {
    fn query(&self, query: &Query, parameters: &str) -> Result<Json, SourceError> {
        let body = self.get(&format!("/api/{}?{parameters}", query.name))?;
        serde_json::from_slice(&body).map_err(|_| self.other_version())
    }

    fn export(&self, parameters: &str) -> Result<Bytes, SourceError> {
        self.get(&format!("/api/export?{parameters}"))
    }

    fn resolve(&self, change: Resolve, parameters: &str) -> Result<(), SourceError> {
        let path = format!("/api/errors/{}?{parameters}", change.name());
        self.send(Method::POST, &path, Bytes::new())?;
        Ok(())
    }

    fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), SourceError> {
        let body = self.send(Method::POST, &format!("/{}", signal.path()), export_request)?;
        let response: Option<Json> = serde_json::from_slice(&body).ok();
        let rejected = response.as_ref().and_then(|response| {
            let reason = response.pointer("/partialSuccess/errorMessage")?;
            reason.as_str()
        });
        match rejected {
            Some(reason) => Err(SourceError::Refused(format!(
                "not all of it is stored: {reason}"
            ))),
            None => Ok(()),
        }
    }

    /// A sender gets its response before the store has the records, so the counts of the edge say
    /// when all that it has received so far has ended.
    fn settle(&self) -> Result<(), SourceError> {
        let began = Instant::now();
        let received = self.counts()?.received;
        while self.counts()?.ended < received {
            if began.elapsed() >= self.patience {
                return Err(SourceError::Failed(format!(
                    "{} has not stored all that it was sent within {:?}; `throughline status` shows what became of it",
                    self.base, self.patience
                )));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn follow(
        &self,
        look: &mut dyn FnMut() -> ControlFlow<(), Option<Duration>>,
    ) -> Result<(), SourceError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SourceError::Failed(error.to_string()))?;
        let mut changes = runtime.block_on(async { timeout(self.patience, self.changes()).await });
        let changes = changes
            .as_mut()
            .map_err(|_| self.no_answer("none in time"))?;
        let changes = match changes {
            Ok(changes) => changes,
            Err(error) => return Err(SourceError::Failed(error.to_string())),
        };
        let mut most = None;
        // The first event says that the stream is open: from then on nothing is missed.
        while runtime
            .block_on(changes.next(most))
            .map_err(|reason| self.no_answer(reason))?
        {
            most = match look() {
                ControlFlow::Continue(most) => most,
                ControlFlow::Break(()) => break,
            };
            if !runtime.block_on(changes.pause(BETWEEN_LOOKS)) {
                break;
            }
        }
        Ok(())
    }
}

/// Records that an edge has received, and those of them whose outcome is known.
struct Counts {
    received: u64,
    ended: u64,
}

impl Counts {
    /// Reads them from what `/api/outcomes` responds with.
    fn read(outcomes: &Json) -> Self {
        let sum = |counts: &Json| -> u64 {
            let counts = counts.as_object().into_iter().flatten();
            counts.filter_map(|(_, count)| count.as_u64()).sum()
        };
        let ended = outcomes["ended"].as_array().into_iter().flatten();
        // Without a signal it is a request that no record was read from.
        let ended = ended.filter(|ended| ended["signal"].is_string());
        Self {
            received: ["received", "taken_up", "copied"]
                .map(|key| sum(&outcomes[key]))
                .iter()
                .sum(),
            // What is `queued` waits for the store still.
            ended: ended.filter_map(|ended| ended["records"].as_u64()).sum(),
        }
    }
}

/// For one answer. The longest queries read a large store in a file.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at a list that is followed: what comes at once is printed at once.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// Between two looks at the counts.
const PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_program_that_does_not_answer_is_not_waited_for_without_end() {
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = silent.local_addr().expect("an address");
        let mut remote = Remote::new(&format!("http://{address}")).expect("an address");
        remote.patience = Duration::from_millis(50);
        let error = remote.get("/api/traces").expect_err("no answer");
        let wanted = format!("no answer from http://{address}: none within 50ms");
        assert!(error.to_string().starts_with(&wanted), "{error}");
    }
}
