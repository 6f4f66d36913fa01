//! Signs a request.

use crate::canonical;
use crate::canonical::headers::CanonicalHeaders;
use crate::credentials::{Credentials, Scope};
use crate::date::AmzDate;
use crate::digest;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A request as it will be sent.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method in its own case.
    pub method: &'a str,
    /// Path and query as in the request line.
    pub target: &'a str,
    /// Names of any case with their values, `host` among them. Those that proxies change are
    /// not signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body as sent: after compression.
    pub body: &'a [u8],
}

/// The rules in which services of AWS differ. The default is right for all but S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Signs the path without dot segments and empty segments. S3 signs them.
    pub normalize_path: bool,
    /// Adds and signs `x-amz-content-sha256`. S3 requires it. The body's hash is part of the
    /// signature either way.
    pub sign_body: bool,
    /// Adds `x-amz-security-token` without signing it, as some services require.
    pub omit_session_token: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            normalize_path: true,
            sign_body: false,
            omit_session_token: false,
        }
    }
}

/// A signature with the texts it was made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The canonical request. It contains the session token.
    pub canonical: String,
    /// Algorithm, date, scope, and the hash of the canonical request, a line each.
    pub string_to_sign: String,
    /// 64 lowercase hex digits.
    pub signature: String,
    /// The headers to set, in place of any that the request has of these names.
    pub headers: Vec<(&'static str, String)>,
}

/// Why a request cannot be signed. The caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// AWS refuses a signature without it.
    #[error("the request has no header `host`")]
    HostMissing,
    /// HMAC does not take the secret key.
    #[error("the secret key is no key for HMAC")]
    SecretKey,
}

/// Signs the request.
///
/// # Errors
/// The request has no `host`, or the secret key cannot be used.
pub fn sign(
    request: &Request<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    date: &AmzDate,
    options: Options,
) -> Result<Signed, SignError> {
    let body_hash = digest::sha256_hex(request.body);
    let mut headers = CanonicalHeaders::new(request.headers);
    if !headers.contains("host") {
        return Err(SignError::HostMissing);
    }
    headers.set(DATE, date.as_str());
    if options.sign_body {
        headers.set(CONTENT_HASH, &body_hash);
    }
    if options.omit_session_token {
        headers.remove(TOKEN);
    } else if let Some(token) = credentials.session_token {
        headers.set(TOKEN, token);
    }

    let twice = scope.encodes_path_twice();
    let canonical = canonical::format(request, options, twice, &headers, &body_hash);
    let credential = scope.format(date);
    let string_to_sign = format!(
        "{ALGORITHM}\n{date}\n{credential}\n{}",
        digest::sha256_hex(canonical.as_bytes())
    );
    let signature = digest::signature(credentials.secret_key, date, scope, &string_to_sign)
        .map_err(|_| SignError::SecretKey)?;

    let authorization = format!(
        "{ALGORITHM} Credential={}/{credential}, SignedHeaders={}, Signature={signature}",
        credentials.access_key,
        headers.names(),
    );
    let mut added = Vec::from([
        (DATE, date.as_str().to_owned()),
        ("authorization", authorization),
    ]);
    if let Some(token) = credentials.session_token {
        added.push((TOKEN, token.to_owned()));
    }
    if options.sign_body {
        added.push((CONTENT_HASH, body_hash));
    }
    Ok(Signed {
        canonical,
        string_to_sign,
        signature,
        headers: added,
    })
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";
const CONTENT_HASH: &str = "x-amz-content-sha256";
