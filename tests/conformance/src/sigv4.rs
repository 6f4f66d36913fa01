//! Suite `sigv4`: AWS Signature Version 4.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_sigv4::{AmzDate, Credentials, Options, Scope, sign};

#[derive(Deserialize)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    access_key: String,
    secret_key: String,
    session_token: Option<String>,
    region: String,
    service: String,
    timestamp: String,
    normalize_path: bool,
    sign_body: bool,
    omit_session_token: bool,
}

#[derive(Serialize)]
pub(crate) struct Response {
    canonical: String,
    string_to_sign: String,
    signature: String,
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    let headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let signed = sign(
        &throughline_sigv4::Request {
            method: &request.method,
            target: &request.target,
            headers: &headers,
            body: request.body.as_bytes(),
        },
        &Credentials {
            access_key: &request.access_key,
            secret_key: &request.secret_key,
            session_token: request.session_token.as_deref(),
        },
        &Scope {
            region: &request.region,
            service: &request.service,
        },
        &AmzDate::parse(&request.timestamp)?,
        Options {
            normalize_path: request.normalize_path,
            sign_body: request.sign_body,
            omit_session_token: request.omit_session_token,
        },
    )?;
    Ok(Response {
        canonical: signed.canonical,
        string_to_sign: signed.string_to_sign,
        signature: signed.signature,
    })
}
