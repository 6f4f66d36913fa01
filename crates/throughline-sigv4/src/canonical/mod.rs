//! The canonical form of a request: the same text on both sides, whatever was done to the
//! request between them.

pub(crate) mod headers;
mod path;
mod percent;
mod query;

use crate::sign::{Options, Request};
use alloc::format;
use alloc::string::String;
use headers::CanonicalHeaders;

/// Writes the canonical request: method, path, query, headers, their names, and the hash of
/// the body.
pub(crate) fn format(
    request: &Request<'_>,
    options: Options,
    encodes_path_twice: bool,
    headers: &CanonicalHeaders<'_>,
    body_hash: &str,
) -> String {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let path = if options.normalize_path {
        path::normalize(path)
    } else {
        path::absolute(path)
    };
    let path = if encodes_path_twice {
        path::encode(&path)
    } else {
        path::encode_decoded(&path)
    };
    format!(
        "{}\n{path}\n{}\n{}\n{}\n{body_hash}",
        request.method,
        query::format(query),
        headers.lines(),
        headers.names(),
    )
}
