//! Reports of browsers: the Reporting API, Network Error Logging and Content Security Policy.
//!
//! A browser posts them by itself, to the URL that a response header names, and sends no header
//! of ours. So the key is in the path or the query, and so is the name of the service:
//! `Reporting-Endpoints: default="https://edge.example/v1/reports?key=pk_shop&service=shop-web"`.
//!
//! A crash is of the session and the span that its page has set for that (`crash_context.rs`).
//!
//! <https://www.w3.org/TR/reporting-1/>, <https://www.w3.org/TR/network-error-logging/>,
//! <https://www.w3.org/TR/CSP3/#deprecated-serialize-violation>

mod crash_context;
mod document;
mod kind;
mod record;
mod report;
mod value;

use super::body::{BodyFormat, Compression};
use super::encoding::Encoding;
use super::received::Invalid;
use super::{Protocol, Received, Taken};
use crate::config::IngestConfig;
use crate::http::media_type::JSON;
use crate::http::{Refusal, media_type};
use bytes::Bytes;
use document::Document;
use http::header::{self, HeaderMap};
use http::request::Parts;
use http::{Response, StatusCode};
use record::Records;
use std::borrow::Cow;
use throughline_otlp::Signal;

/// Reports, which become log records.
#[derive(Debug)]
pub(crate) struct Reporting;

impl Protocol for Reporting {
    fn path(&self) -> &'static str {
        PATH
    }

    fn signal(&self) -> Option<Signal> {
        Some(Signal::Logs)
    }

    /// WebKit sends violations with the origin `null`, and only the Referer names the page. A
    /// page cannot set that to another origin than its own.
    fn origin<'a>(&self, head: &'a Parts) -> Option<Cow<'a, str>> {
        let text = |name| {
            let value = head.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()))
        };
        let origin = text(header::ORIGIN)?;
        let referer = text(header::REFERER).filter(|_| origin == "null");
        Some(match referer.as_deref().and_then(origin_of) {
            Some(origin) => Cow::Owned(origin.to_owned()),
            None => origin,
        })
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        check_media_type(&head.headers)?;
        Ok(BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes: config.max_bundle_bytes,
            is_framed: false,
        })
    }

    fn decode(
        &self,
        head: &Parts,
        body: Bytes,
        received_unix_nano: u64,
    ) -> Result<Received, Refusal> {
        let document: Document<'_> =
            serde_json::from_slice(&body).map_err(|_| malformed(NOT_REPORTS))?;
        let user_agent = head.headers.get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        let mut records = Records::new(received_unix_nano, user_agent.unwrap_or_default());
        let mut invalid = Invalid::new(Signal::Logs);
        invalid.add(document.beyond_limit, &report::ReportFault::TooMany);
        for (form, text) in &document.reports {
            match report::Report::parse(*form, text.get()) {
                Ok(report) => records.append(report),
                Err(fault) => invalid.add(1, &fault),
            }
        }
        let requests = Received::requests(
            Bytes::new(),
            records.finish(service(head)).into(),
            Bytes::new(),
        );
        Ok(Received {
            requests,
            invalid: Some(invalid),
            ..Received::default()
        })
    }

    /// Browsers read the status alone.
    fn success(&self, _: &Parts, taken: &Taken) -> Response<Bytes> {
        Encoding::Json.success(Signal::Logs, &taken.partial)
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        Encoding::Json.failure(refusal)
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Err(unsupported());
    };
    let media_type = media_type(content_type);
    let is_read = (MEDIA_TYPES.iter()).any(|known| media_type.eq_ignore_ascii_case(known));
    is_read.then_some(()).ok_or_else(unsupported)
}

/// The origin of an address: `https://shop.example` of `https://shop.example/cart`.
fn origin_of(url: &str) -> Option<&str> {
    let host = url.find("://")? + "://".len();
    let length = url[host..].find('/').unwrap_or(url.len() - host);
    Some(&url[..host + length])
}

/// The service in the query. A name has no character that a URL would escape.
fn service(head: &Parts) -> Option<&str> {
    let query = head.uri.query()?;
    let name = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("service="))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (!name.is_empty() && name.len() <= MAX_SERVICE_BYTES && name.bytes().all(is_plain))
        .then_some(name)
}

fn unsupported() -> Refusal {
    Refusal::Malformed {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        reason: "reports are application/reports+json or application/csp-report".into(),
    }
}

fn malformed(reason: &str) -> Refusal {
    Refusal::Malformed {
        status: StatusCode::BAD_REQUEST,
        reason: reason.into(),
    }
}

/// The two of the standards, and what older versions of Safari send.
const MEDIA_TYPES: [&str; 3] = ["application/reports+json", "application/csp-report", JSON];
const NOT_REPORTS: &str = "not reports: the body is no JSON list of reports, and no report";
const MAX_SERVICE_BYTES: usize = 255;
const PATH: &str = "/v1/reports";
