//! Compares the results of a case with its expectations.

use super::{Case, CaseError, Places, ReceivedSpec, read_text};
use crate::canonical;
use crate::pattern::Bindings;
use crate::recorder::Received;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use serde_json::Value;
use std::io::Read;
use throughline_otlp::{Signal, schema};

/// The results of a case.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The edge's response.
    pub response: ActualResponse,
    /// The requests that the backend received.
    pub backend: Vec<Received>,
    /// The requests that the upstream received.
    pub upstream: Vec<Received>,
}

/// A response of the edge.
#[derive(Debug, Clone)]
pub struct ActualResponse {
    /// The status code.
    pub status: StatusCode,
    /// Headers, repeated ones included.
    pub headers: HeaderMap,
    /// The whole body, or what there was of it.
    pub body: Bytes,
    /// Whether the connection ended before the body did.
    pub breaks_off: bool,
}

impl Case {
    /// Compares the results with the case and returns every difference.
    ///
    /// # Errors
    /// [`CaseError`] when a file of the case cannot be read.
    pub fn check(&self, places: &Places, happened: &Happened) -> Result<Vec<String>, CaseError> {
        let mut bindings = Bindings::default();
        let mut differences = self.check_response(places, &happened.response, &mut bindings);
        for (who, expected, received) in [
            ("upstream", &self.spec.upstream, &happened.upstream),
            ("backend", &self.spec.backend, &happened.backend),
        ] {
            differences.extend(self.check_all(places, who, expected, received, &mut bindings)?);
        }
        Ok(differences)
    }

    fn check_response(
        &self,
        places: &Places,
        response: &ActualResponse,
        bindings: &mut Bindings,
    ) -> Vec<String> {
        let spec = &self.spec.response;
        let mut differences = Vec::new();
        if response.status.as_u16() != spec.status {
            let body = String::from_utf8_lossy(&response.body);
            let (want, have) = (spec.status, response.status);
            differences.push(format!("status is {have}, should be {want}; body: {body}"));
        }
        if response.breaks_off != spec.breaks_off {
            let (want, have) = (spec.breaks_off, response.breaks_off);
            differences.push(format!("breaks_off is {have}, should be {want}"));
        }
        let headers = check_headers(
            places,
            "response",
            &spec.headers,
            &spec.absent,
            &response.headers,
            bindings,
        );
        differences.extend(headers);
        if let Some(expected) = &spec.body {
            let expected = places.fill_value(&from_toml(expected));
            match self.readable(response, expected.is_string()) {
                Ok(actual) => differences.extend(bindings.compare("body", &expected, &actual)),
                Err(error) => differences.push(format!("body cannot be read: {error}")),
            }
        }
        differences
    }

    /// The body of the response as JSON, or as text where the case expects text.
    fn readable(&self, response: &ActualResponse, as_text: bool) -> Result<Value, String> {
        if as_text {
            let body = decompressed(&response.headers, &response.body);
            return Ok(String::from_utf8_lossy(&body).into());
        }
        if content_type(&response.headers) != PROTOBUF {
            return canonical::of_json(&response.body);
        }
        let message = if response.status.is_success() {
            let path = &self.spec.request.path;
            let signal = signal_of(path).ok_or("protobuf where there is no signal")?;
            schema::export_response(signal)
        } else {
            schema::rpc_status()
        };
        canonical::of_protobuf(message, &response.body)
    }

    fn check_all(
        &self,
        places: &Places,
        who: &str,
        expected: &[ReceivedSpec],
        received: &[Received],
        bindings: &mut Bindings,
    ) -> Result<Vec<String>, CaseError> {
        let mut differences = Vec::new();
        if expected.len() != received.len() {
            let paths: Vec<&str> = received
                .iter()
                .map(|request| request.path.as_str())
                .collect();
            let (want, have) = (expected.len(), received.len());
            differences.push(format!(
                "{who} received {have} requests, not {want}: {paths:?}"
            ));
        }
        // Requests sent at the same time arrive in any order; they have different paths.
        let mut expected: Vec<&ReceivedSpec> = expected.iter().collect();
        let mut received: Vec<&Received> = received.iter().collect();
        expected.sort_by(|a, b| a.path.cmp(&b.path));
        received.sort_by(|a, b| a.path.cmp(&b.path));
        for (index, (expected, received)) in expected.into_iter().zip(received).enumerate() {
            let place = format!("{who}[{index}]");
            differences.extend(self.check_one(places, &place, expected, received, bindings)?);
        }
        Ok(differences)
    }

    fn check_one(
        &self,
        places: &Places,
        place: &str,
        expected: &ReceivedSpec,
        received: &Received,
        bindings: &mut Bindings,
    ) -> Result<Vec<String>, CaseError> {
        let mut differences = Vec::new();
        let (path, method) = (format!("{place}.path"), format!("{place}.method"));
        differences.extend(bindings.compare_text(
            &path,
            &places.fill(&expected.path),
            &received.path,
        ));
        differences.extend(bindings.compare_text(
            &method,
            &expected.method,
            received.method.as_str(),
        ));
        let (headers, absent) = (&expected.headers, &expected.absent);
        let headers = check_headers(places, place, headers, absent, &received.headers, bindings);
        differences.extend(headers);
        let body = decompressed(&received.headers, &received.body);
        if let Some(text) = &expected.text {
            let body = String::from_utf8_lossy(&body);
            differences.extend(bindings.compare_text(
                &format!("{place}.body"),
                &places.fill(text),
                &body,
            ));
        }
        if let Some(file) = &expected.file {
            let expected = read_text(&self.folder.join(file))?;
            let expected = serde_json::from_str(&expected).map_err(|error| CaseError::Body {
                case: self.name.clone(),
                reason: format!("{file}: {error}"),
            })?;
            let actual = match signal_of(&received.path) {
                Some(signal) if content_type(&received.headers) == PROTOBUF => {
                    canonical::of_protobuf(schema::export_request(signal), &body)
                }
                _ => canonical::of_json(&body),
            };
            match actual {
                Ok(actual) => {
                    let expected = places.fill_value(&expected);
                    differences.extend(bindings.compare(place, &expected, &actual));
                }
                Err(error) => differences.push(format!("{place} cannot be read: {error}")),
            }
        }
        Ok(differences)
    }
}

fn check_headers(
    places: &Places,
    place: &str,
    expected: &toml::Table,
    absent: &[String],
    actual: &HeaderMap,
    bindings: &mut Bindings,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, expected) in expected {
        let values = actual.get_all(name).iter().map(HeaderValue::as_bytes);
        let values: Vec<_> = values.map(String::from_utf8_lossy).collect();
        let place = format!("{place} header {name}");
        let expected = places.fill(expected.as_str().unwrap_or_default());
        if values.is_empty() {
            differences.push(format!("{place} is missing, should be {expected:?}"));
        } else {
            differences.extend(bindings.compare_text(&place, &expected, &values.join(", ")));
        }
    }
    for name in absent
        .iter()
        .filter(|name| actual.contains_key(name.as_str()))
    {
        differences.push(format!("{place} header {name} should not be there"));
    }
    differences
}

fn decompressed(headers: &HeaderMap, body: &Bytes) -> Bytes {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_none_or(|encoding| encoding != "gzip") {
        return body.clone();
    }
    let mut decoded = Vec::new();
    match MultiGzDecoder::new(&**body).read_to_end(&mut decoded) {
        Ok(_) => decoded.into(),
        Err(error) => Bytes::from(format!("not gzip: {error}")),
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn signal_of(path: &str) -> Option<Signal> {
    let path = path.split('?').next().unwrap_or_default();
    Signal::ALL
        .into_iter()
        .find(|signal| path.ends_with(signal.path()))
}

fn from_toml(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

const PROTOBUF: &str = "application/x-protobuf";
