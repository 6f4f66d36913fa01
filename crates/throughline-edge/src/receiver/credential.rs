//! The ingest key of a request: in its path, its query or a header.

use crate::admission::{KEY_PREFIX, SECRET_PREFIX};
use http::header::{self, HeaderMap};
use http::request::Parts;

/// The path below `ingest.path` without the key that may stand in front of it:
/// `/v1/bundle` of `/pk_…/v1/bundle`.
pub(crate) fn without_key(path: &str) -> &str {
    split_key(path).map_or(path, |(_, path)| path)
}

/// The ingest key of a request to `path`, which is below `ingest.path`.
pub(crate) fn ingest_key<'a>(path: &'a str, head: &'a Parts) -> Option<&'a str> {
    let header = || head.headers.get(KEY_HEADER)?.to_str().ok();
    split_key(path)
        .map(|(key, _)| key)
        .or_else(|| key_in_query(head.uri.query().unwrap_or_default()))
        .or_else(header)
        .or_else(|| bearer(&head.headers))
}

/// Splits `/pk_…/v1/bundle` before `/v1`.
fn split_key(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix('/')?;
    let end = rest.find('/')?;
    let (key, path) = rest.split_at_checked(end)?;
    key.starts_with(KEY_PREFIX).then_some((key, path))
}

/// The value of `key`. A secret is not read there: addresses end in logs. A key has no character that a URL would escape, so an escaped
/// one is simply not known.
fn key_in_query(query: &str) -> Option<&str> {
    let key = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("key="))?;
    (!key.starts_with(SECRET_PREFIX)).then_some(key)
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

pub(crate) const KEY_HEADER: &str = "x-throughline-key";
