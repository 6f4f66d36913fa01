//! Asks the `throughline dev` of another process, by HTTP.

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use throughline_otlp::Signal;
use throughline_viewer::{Query, Resolve, Source, SourceError};
use tokio::runtime::Builder;

/// A program that runs elsewhere.
#[derive(Debug)]
pub(super) struct Remote {
    /// The address, without a slash at its end.
    base: String,
}

impl Remote {
    /// The program at an address such as `http://127.0.0.1:4318`.
    pub(super) fn new(address: &str) -> Result<Self, SourceError> {
        let base = address.trim_end_matches('/').to_owned();
        let uri: Option<Uri> = base.parse().ok();
        match uri {
            Some(uri) if uri.scheme_str() == Some("http") && uri.host().is_some() => {
                Ok(Self { base })
            }
            _ => Err(SourceError::Refused(format!(
                "--from {address:?} is not the address of a `throughline dev`, such as http://127.0.0.1:4318"
            ))),
        }
    }

    fn get(&self, path: &str) -> Result<Bytes, SourceError> {
        self.send(Method::GET, path, Bytes::new())
    }

    fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, SourceError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SourceError::Failed(error.to_string()))?;
        runtime.block_on(self.exchange(method, path, body))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Bytes, SourceError> {
        let failed = |reason: &dyn ToString| {
            SourceError::Failed(format!(
                "no answer from {}: {}; is `throughline dev` running there?",
                self.base,
                reason.to_string()
            ))
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| failed(&error))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error);
            failed(&cause.map_or_else(|| error.to_string(), ToString::to_string))
        })?;
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
        serde_json::from_slice(&body).map_err(|_| {
            SourceError::Failed(format!(
                "{} responds, but is no `throughline dev` of this version",
                self.base
            ))
        })
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
        self.send(Method::POST, &format!("/{}", signal.path()), export_request)?;
        Ok(())
    }
}
