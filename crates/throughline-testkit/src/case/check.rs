//! Compares the results of a case with its expectations.

use super::counted::difference;
use super::{Case, CaseError, Places, ReceivedSpec, Step, read_text};
use crate::canonical;
use crate::pattern::Bindings;
use crate::recorder::{self, Received};
use brotli::reader::Decompressor;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use ruzstd::decoding::StreamingDecoder;
use serde_json::Value;
use std::io::{self, Read};
use std::iter;
use throughline_edge::script;
use throughline_otlp::{Signal, schema};

/// The results of a step.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The edge's responses, one for each time that the request was sent.
    pub responses: Vec<ActualResponse>,
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
    /// Compares the results of a step with the case and returns every difference. The names in
    /// patterns stand for the same in all steps of a case.
    ///
    /// # Errors
    /// [`CaseError`] when a file of the case cannot be read.
    pub fn check(
        &self,
        step: &Step,
        places: &Places,
        happened: &Happened,
        bindings: &mut Bindings,
    ) -> Result<Vec<String>, CaseError> {
        let mut differences = Vec::new();
        for response in &happened.responses {
            differences.extend(self.check_response(step, places, response, bindings));
        }
        let mut all = vec![("upstream", &step.upstream, &happened.upstream)];
        if step.backend_among.is_empty() {
            all.push(("backend", &step.backend, &happened.backend));
        }
        for (who, expected, received) in all {
            differences.extend(self.check_all(places, who, expected, received, bindings)?);
        }
        differences.extend(self.check_among(step, places, &happened.backend, bindings)?);
        Ok(differences)
    }

    /// Whether the backend has received everything that a step is to bring it.
    ///
    /// # Errors
    /// [`CaseError`] when a file of the case cannot be read.
    pub fn has_arrived(
        &self,
        step: &Step,
        places: &Places,
        received: &[Received],
        bindings: &Bindings,
    ) -> Result<bool, CaseError> {
        let missing = self.check_among(step, places, received, &mut bindings.clone())?;
        Ok(missing.is_empty() && received.len() >= step.backend_requests())
    }

    /// Compares what is more in two responses to `GET /stats` with the case and returns every
    /// difference.
    pub fn check_counts(&self, before: &[u8], after: &[u8]) -> Vec<String> {
        let read = |counts| serde_json::from_slice::<Value>(counts).unwrap_or_default();
        let more = difference(&read(before), &read(after));
        let parts = self.spec.counted.iter().map(|(part, expected)| {
            let place = format!("counted.{part}");
            let actual = more.get(part).unwrap_or(&Value::Null);
            Bindings::default().compare(&place, &from_toml(expected), actual)
        });
        parts.flatten().collect()
    }

    fn check_response(
        &self,
        step: &Step,
        places: &Places,
        response: &ActualResponse,
        bindings: &mut Bindings,
    ) -> Vec<String> {
        let spec = &step.response;
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
            match readable(&step.request.path, response, expected.is_string()) {
                Ok(actual) => differences.extend(bindings.compare("body", &expected, &actual)),
                Err(error) => differences.push(format!("body cannot be read: {error}")),
            }
        }
        differences
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
        let times = |expected: &ReceivedSpec| expected.times;
        let wanted: usize = expected.iter().map(times).sum();
        if wanted != received.len() {
            let paths: Vec<&str> = received
                .iter()
                .map(|request| request.path.as_str())
                .collect();
            let have = received.len();
            differences.push(format!(
                "{who} received {have} requests, not {wanted}: {paths:?}"
            ));
        }
        // Requests sent at the same time arrive in any order; they have different paths.
        let mut expected: Vec<&ReceivedSpec> = expected.iter().collect();
        let mut received: Vec<&Received> = received.iter().collect();
        expected.sort_by(|a, b| a.path.cmp(&b.path));
        received.sort_by(|a, b| a.path.cmp(&b.path));
        let expected = expected.into_iter();
        let expected = expected.flat_map(|expected| iter::repeat_n(expected, expected.times));
        let mut before: Option<&Received> = None;
        for (index, (expected, received)) in expected.zip(received).enumerate() {
            let place = format!("{who}[{index}]");
            differences.extend(self.check_one(places, &place, expected, received, bindings)?);
            let before = before.replace(received);
            let before = before.filter(|before| before.path == received.path);
            let since =
                before.map(|before| received.at_unix_nano.saturating_sub(before.at_unix_nano));
            if let Some(since) = since.filter(|since| *since < expected.after_ms * 1_000_000) {
                let least = expected.after_ms;
                differences.push(format!(
                    "{place} came {since} ns after the one before it, not {least} ms or later"
                ));
            }
        }
        Ok(differences)
    }

    /// Finds the requests that are to be among those that the backend received.
    fn check_among(
        &self,
        step: &Step,
        places: &Places,
        received: &[Received],
        bindings: &mut Bindings,
    ) -> Result<Vec<String>, CaseError> {
        let mut differences = Vec::new();
        for (index, expected) in step.backend_among.iter().enumerate() {
            let place = format!("backend_among[{index}]");
            let path = places.fill(&expected.path);
            let mut missing = vec![format!("{place}: no request to {path}")];
            let mut nearest = usize::MAX;
            for received in received.iter().filter(|received| received.path == path) {
                let mut tried = bindings.clone();
                let found = self.check_one(places, &place, expected, received, &mut tried)?;
                if found.len() < nearest {
                    nearest = found.len();
                    missing = found;
                }
                if nearest == 0 {
                    *bindings = tried;
                    break;
                }
            }
            differences.extend(missing);
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
                Some(signal) if [PROTOBUF, GRPC].contains(&content_type(&received.headers)) => {
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

/// The body of the response to a request as JSON, or as text where the case expects text.
fn readable(path: &str, response: &ActualResponse, as_text: bool) -> Result<Value, String> {
    if as_text {
        let body = decompressed(&response.headers, &response.body);
        return Ok(String::from_utf8_lossy(&body).into());
    }
    if content_type(&response.headers) != PROTOBUF {
        return canonical::of_json(&response.body);
    }
    let message = if response.status.is_success() {
        let signal = signal_of(path).ok_or("protobuf where there is no signal")?;
        schema::export_response(signal)
    } else {
        schema::rpc_status()
    };
    canonical::of_protobuf(message, &response.body)
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
    let (encoding, body) = match content_type(headers) {
        GRPC => (
            headers.get("grpc-encoding"),
            &recorder::message(body).unwrap_or_else(|| Bytes::from("no frame of gRPC")),
        ),
        _ => (headers.get(header::CONTENT_ENCODING), body),
    };
    let mut decoded = Vec::new();
    let read = match encoding.map(HeaderValue::as_bytes) {
        Some(b"gzip") => MultiGzDecoder::new(&**body).read_to_end(&mut decoded),
        Some(b"zstd") => StreamingDecoder::new(&**body)
            .map_err(io::Error::other)
            .and_then(|mut decoder| decoder.read_to_end(&mut decoded)),
        // The dictionary is the script that pages get now.
        Some(b"dcb") if !body.is_empty() => {
            let dictionary = script::text().to_vec().into();
            let bytes = body.get(DCB_HEAD..).unwrap_or_default();
            Decompressor::new_with_custom_dict(bytes, 4096, dictionary).read_to_end(&mut decoded)
        }
        _ => return body.clone(),
    };
    match read {
        Ok(_) => decoded.into(),
        Err(error) => Bytes::from(format!("not what it is said to be: {error}")),
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
        .find(|signal| path.ends_with(signal.path()) || path == signal.grpc_path())
}

fn from_toml(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The bytes in front of what brotli has compressed with a dictionary.
const DCB_HEAD: usize = 36;
const GRPC: &str = "application/grpc";
const PROTOBUF: &str = "application/x-protobuf";
