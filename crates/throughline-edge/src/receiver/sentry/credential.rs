//! The key of an SDK: in the query or in a header. Browsers send the first, servers the second.
//!
//! <https://develop.sentry.dev/sdk/foundations/transport/authentication/>

use crate::http::Refusal;
use crate::receiver::credential;
use http::request::Parts;

/// The key in the head of a request: as an SDK sends it, or as the other protocols have it.
pub(super) fn of_head<'a>(path: &'a str, head: &'a Parts) -> Option<&'a str> {
    let mut keys = keys(head);
    keys.next().or_else(|| credential::ingest_key(path, head))
}

/// Checks that all keys of a request are the same.
///
/// # Errors
/// [`Refusal`]; the sender is at fault.
pub(super) fn check(head: &Parts) -> Result<(), Refusal> {
    let mut keys = keys(head);
    let first = keys.next();
    if keys.all(|key| Some(key) == first) {
        return Ok(());
    }
    Err(Refusal::KeysDiffer)
}

/// The keys that an SDK sent. An empty one is none.
fn keys(head: &Parts) -> impl Iterator<Item = &str> {
    let query = head.uri.query().unwrap_or_default();
    let in_query = query.split('&').filter_map(|pair| pair.strip_prefix(QUERY));
    let headers = head.headers.get_all(HEADER).iter();
    let in_headers = headers.filter_map(|value| of_header(value.to_str().ok()?));
    in_query.chain(in_headers).filter(|key| !key.is_empty())
}

/// The key in `Sentry sentry_version=7, sentry_key=…, sentry_client=…`.
fn of_header(value: &str) -> Option<&str> {
    let (scheme, pairs) = value.trim_start().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("sentry") {
        return None;
    }
    let mut pairs = pairs.split(',');
    pairs.find_map(|pair| pair.trim().strip_prefix(QUERY))
}

const HEADER: &str = "x-sentry-auth";
const QUERY: &str = "sentry_key=";
