//! Suite `sigv4`: AWS Signature Version 4.

use crate::question::QuestionError;
use serde::{Deserialize, Serialize};
use throughline_sigv4::{AmzDate, Credentials, Options, Request, Scope, sign};

#[derive(Deserialize)]
pub(crate) struct Question {
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
pub(crate) struct Answer {
    canonical: String,
    string_to_sign: String,
    signature: String,
}

pub(crate) fn answer(question: Question) -> Result<Answer, QuestionError> {
    let headers: Vec<(&str, &str)> = question
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let signed = sign(
        &Request {
            method: &question.method,
            target: &question.target,
            headers: &headers,
            body: question.body.as_bytes(),
        },
        &Credentials {
            access_key: &question.access_key,
            secret_key: &question.secret_key,
            session_token: question.session_token.as_deref(),
        },
        &Scope {
            region: &question.region,
            service: &question.service,
        },
        &AmzDate::parse(&question.timestamp)?,
        Options {
            normalize_path: question.normalize_path,
            sign_body: question.sign_body,
            omit_session_token: question.omit_session_token,
        },
    )?;
    Ok(Answer {
        canonical: signed.canonical,
        string_to_sign: signed.string_to_sign,
        signature: signed.signature,
    })
}
