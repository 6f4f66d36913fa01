//! The script `t.js`, which records the errors of a page in one file: the edge serves it beside the
//! endpoint, so that a page needs one element and one origin.
//!
//! `t.js` is the current script and may change with a deployment. `t.<hash>.js` has the bytes of
//! this hash forever. The files are committed, and compressed ahead: nothing is compressed for a
//! request, and the crate builds without the npm packages.

mod dictionary;
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
    } = SCRIPTS[0];
    PageScript {
        path: format!("/t.{hash}.js"),
        integrity,
    }
}

/// The text of the script that pages get now.
pub fn text() -> Bytes {
    SCRIPTS[0].identity()
}

/// The script of a version, and its bytes in each encoding. Those without compression are made of
/// gzip's: no browser asks for them, and a Worker's bytes are counted.
#[derive(Debug)]
pub struct Script {
    /// The first digits of its SHA-384, in hexadecimal.
    pub hash: &'static str,
    /// The value of `integrity` of its element.
    pub integrity: &'static str,
    /// The script in brotli.
    pub brotli: &'static [u8],
    /// The script in gzip.
    pub gzip: &'static [u8],
    /// The current script as the difference to this one, in the encoding `dcb`.
    pub to_current: &'static [u8],
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
pub(crate) enum Named<'a> {
    /// The current one.
    Current,
    /// That of a hash, which may be another deployment's.
    Version(&'a str),
}

impl<'a> Named<'a> {
    /// The script of a path below `ingest.path`; `None` for any other path.
    pub(crate) fn of_path(path: &'a str) -> Option<Self> {
        let name = path.strip_prefix("/t.")?;
        if name == "js" {
            return Some(Self::Current);
        }
        let hash = name.strip_suffix(".js")?;
        let is_hash = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_one = hash.len() == HASH_DIGITS && hash.bytes().all(is_hash);
        is_one.then_some(Self::Version(hash))
    }
}

/// Responds to a request for a script of this edge.
pub(crate) fn respond<B>(head: &Parts, named: Named<'_>) -> Response<Outgoing<B>> {
    respond_of(&SCRIPTS, head, named)
}

/// Responds as an edge that has other scripts, the current one first; `None` where the path is none of
/// a script. For tests of what happens between versions.
pub fn respond_from<B>(scripts: &[Script], head: &Parts) -> Option<Response<Outgoing<B>>> {
    let named = Named::of_path(head.uri.path())?;
    Some(respond_of(scripts, head, named))
}

fn respond_of<B>(scripts: &[Script], head: &Parts, named: Named<'_>) -> Response<Outgoing<B>> {
    if head.method != Method::GET && head.method != Method::HEAD {
        let mut response = response::text(StatusCode::METHOD_NOT_ALLOWED, ONLY_GET);
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    let current = scripts.first();
    let script = match named {
        Named::Current => current,
        Named::Version(hash) => scripts.iter().find(|script| script.hash == hash),
    };
    let Some(script) = script else {
        return elsewhere(head);
    };
    let whole = Encoding::accepted(&head.headers);
    // There are differences to the current script alone.
    let is_current = current.is_some_and(|current| current.hash == script.hash);
    let difference = is_current.then(|| dictionary::difference(&head.headers, scripts));
    let encoding = difference.flatten().map_or(whole, Encoding::Difference);
    // A browser that has the whole script, with its tag, has it as a dictionary too.
    let tags = [encoding, whole].map(|encoding| encoding.tag(script.hash));
    let known = tags.iter().find(|tag| has_tag(&head.headers, tag));
    let tag = known.unwrap_or(&tags[0]);
    let mut response = if known.is_some() {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let body = match encoding {
            Encoding::Difference(difference) => Bytes::from_static(difference),
            Encoding::Brotli => Bytes::from_static(script.brotli),
            Encoding::Gzip => Bytes::from_static(script.gzip),
            Encoding::Identity => script.identity(),
        };
        let length = HeaderValue::from(body.len());
        let is_head = head.method == Method::HEAD;
        let body = if is_head { Bytes::new() } else { body };
        let mut response = response::whole(StatusCode::OK, JAVASCRIPT, body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
        headers.insert(USE_AS_DICTIONARY, HeaderValue::from_static(FOR_SCRIPTS));
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    };
    let headers = response.headers_mut();
    let cached = match named {
        Named::Version(_) => FOREVER,
        Named::Current => SHORTLY,
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(header::VARY, HeaderValue::from_static(VARIES));
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

/// A tag without the mark of a weak one, which `If-None-Match` compares by.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
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
        named == "*" || opaque(named) == opaque(tag)
    })
}

/// Digits of a hash in an address.
const HASH_DIGITS: usize = 16;
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Ten minutes, and as it was for a day more while it is asked for again.
const SHORTLY: &str = "public, max-age=600, stale-while-revalidate=86400";
const VARIES: &str = "accept-encoding, available-dictionary";
const USE_AS_DICTIONARY: HeaderName = HeaderName::from_static("use-as-dictionary");
/// The scripts beside this one, and nothing else of the site, may be sent as a difference to it. The
/// pattern is relative to the address that the browser has, which a proxy in front may have changed.
///
/// <https://www.rfc-editor.org/rfc/rfc9842#section-2.1>
const FOR_SCRIPTS: &str = r#"match="t{.*}?.js", match-dest=("script")"#;
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const ONLY_GET: &str = "a script is read with GET; telemetry goes to /v1/… beside it";
const NOT_HERE: &str = "this edge has no script of this hash: another version of it served the page. t.js is the current script; `throughline check` prints its address and integrity\n";

#[cfg(test)]
mod tests;
