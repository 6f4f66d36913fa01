//! The script `t.js`, which records the errors of a page in one file: the edge serves it beside the
//! endpoint, so that a page needs one element and one origin.
//!
//! `t.js` is the current script and may change with a deployment. `t.<hash>.js` has the bytes of
//! this hash forever. The files are committed, and compressed ahead: nothing is compressed for a
//! request, and the crate builds without the npm packages.

mod encoding;
mod generated;

use crate::host::Outgoing;
use crate::http::response;
use bytes::Bytes;
use encoding::Encoding;
use flate2::read::GzDecoder;
use generated::SCRIPTS;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use std::io::Read;

/// The script that pages get now, for whoever writes its element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageScript {
    /// Its address below `ingest.path`, which never has other bytes: `/t.a5d16a19eb1a52e5.js`.
    pub path: String,
    /// The value of `integrity`: <https://www.w3.org/TR/sri-2/>
    pub integrity: &'static str,
}

/// The script that pages get now.
pub fn current() -> PageScript {
    let Script {
        hash, integrity, ..
    } = CURRENT;
    PageScript {
        path: format!("/t.{hash}.js"),
        integrity,
    }
}

/// The script of a version, and its bytes in each encoding. Those without compression are made of
/// gzip's: no browser asks for them, and a Worker's bytes are counted.
#[derive(Debug)]
struct Script {
    /// The first digits of its SHA-384, in hexadecimal.
    hash: &'static str,
    integrity: &'static str,
    brotli: &'static [u8],
    gzip: &'static [u8],
}

impl Script {
    /// The bytes without compression.
    fn identity(&self) -> Bytes {
        let mut bytes = Vec::new();
        // A test reads each of the files.
        let _ = GzDecoder::new(self.gzip).read_to_end(&mut bytes);
        bytes.into()
    }
}

/// The script that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// The current one.
    Current,
    /// That of a hash.
    Version(&'static str),
    /// That of a hash which is not here: another deployment's.
    Unknown,
}

impl Named {
    /// The script of a path below `ingest.path`; `None` for any other path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/t.")?;
        if name == "js" {
            return Some(Self::Current);
        }
        let hash = name.strip_suffix(".js")?;
        let is_hash = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if hash.len() != HASH_DIGITS || !hash.bytes().all(is_hash) {
            return None;
        }
        let known = SCRIPTS.iter().find(|script| script.hash == hash);
        Some(known.map_or(Self::Unknown, |script| Self::Version(script.hash)))
    }

    fn script(self) -> &'static Script {
        let version = match self {
            Self::Version(hash) => SCRIPTS.iter().find(|script| script.hash == hash),
            Self::Current | Self::Unknown => None,
        };
        version.unwrap_or(CURRENT)
    }
}

/// Responds to a request for a script.
pub(crate) fn respond<B>(head: &Parts, named: Named) -> Response<Outgoing<B>> {
    if head.method != Method::GET && head.method != Method::HEAD {
        let mut response = response::text(StatusCode::METHOD_NOT_ALLOWED, ONLY_GET);
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    if named == Named::Unknown {
        return elsewhere(head);
    }
    let script = named.script();
    let encoding = Encoding::accepted(&head.headers);
    let body = match encoding {
        Encoding::Brotli => Bytes::from_static(script.brotli),
        Encoding::Gzip => Bytes::from_static(script.gzip),
        Encoding::Identity => script.identity(),
    };
    // A tag is that of the bytes, so each encoding has its own.
    let tag = format!("\"{}{}\"", script.hash, encoding.suffix());
    let is_there = has_tag(&head.headers, &tag);
    let mut response = if is_there {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let length = HeaderValue::from(body.len());
        let is_head = head.method == Method::HEAD;
        let body = if is_head { Bytes::new() } else { body };
        let mut response = response::whole(StatusCode::OK, JAVASCRIPT, body);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        if let Some(name) = encoding.name() {
            let name = HeaderValue::from_static(name);
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, name);
        }
        response
    };
    let headers = response.headers_mut();
    let cached = match named {
        Named::Version(_) => FOREVER,
        Named::Current | Named::Unknown => SHORTLY,
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    for_any_page(headers);
    response.map(Outgoing::Bytes)
}

/// The response where another deployment has the script: the current one, unless the page has said
/// which bytes it wants. A browser refuses others, and the page goes on without the script.
fn elsewhere<B>(head: &Parts) -> Response<Outgoing<B>> {
    let mut response = response::text(StatusCode::TEMPORARY_REDIRECT, NOT_HERE);
    let headers = response.headers_mut();
    // Another edge may have it a moment later.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::LOCATION, HeaderValue::from_static("t.js"));
    for_any_page(headers);
    match head.method {
        Method::HEAD => response.map(|_| Outgoing::Bytes(Bytes::new())),
        _ => response,
    }
}

/// The script is the same for everybody: pages of any origin may load it, with `crossorigin` too.
fn for_any_page(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether the client has the bytes of this tag.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2>
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|named| {
        let named = named.trim();
        // A proxy that compresses makes a tag weak.
        named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag
    })
}

const CURRENT: &Script = &SCRIPTS[0];
/// Digits of a hash in an address.
const HASH_DIGITS: usize = 16;
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Ten minutes, and as it was for a day more while it is asked for again.
const SHORTLY: &str = "public, max-age=600, stale-while-revalidate=86400";
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const ONLY_GET: &str = "a script is read with GET; telemetry goes to /v1/… beside it";
const NOT_HERE: &str = "this edge has no script of this hash: another version of it served the page. t.js is the current script; `throughline check` prints its address and integrity\n";

#[cfg(test)]
mod tests;
