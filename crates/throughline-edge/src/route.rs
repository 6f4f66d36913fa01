//! Where does a request want to go?

use crate::config::ConfigError;
use crate::project::KEY_PREFIX;
use crate::proxy::Route;
use crate::receiver::Door;
use http::header::{self, HeaderMap};
use http::request::Parts;

/// What a request is for.
#[derive(Debug)]
pub(crate) enum Destination<'a> {
    /// Telemetry for us.
    Ingest(Entrance<'a>),
    /// Is the edge there?
    Health,
    /// The service of the W3C trace-context suite.
    ConformanceTest,
    /// To be passed on and traced.
    Upstream(&'a Route),
    /// Through us to another server, unseen.
    Tunnel,
    /// Somewhere else than it says, once its path is resolved.
    Ambiguous,
    /// Nothing we know.
    Nowhere,
}

/// Where telemetry comes in, and the key it comes with.
#[derive(Debug)]
pub(crate) struct Entrance<'a> {
    pub(crate) door: Door,
    pub(crate) key: Option<&'a str>,
}

impl<'a> Destination<'a> {
    /// What lies below the ingest prefix; `None` when the request is none of its business.
    pub(crate) fn of_ingest(prefix: &str, head: &'a Parts) -> Option<Self> {
        let path = head.uri.path().strip_prefix(prefix)?;
        if path == "/healthz" {
            return Some(Destination::Health);
        }
        let (key, door) = match Door::at(path) {
            Some(door) => (key_outside_path(head), door),
            None => {
                let (segment, path) = split_key(path)?;
                (Some(segment), Door::at(path)?)
            }
        };
        Some(Destination::Ingest(Entrance { door, key }))
    }
}

/// The prefix of the ingest paths, as [`Destination::of_ingest`] wants it.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), ConfigError> {
    if prefix.is_empty() || (prefix.starts_with('/') && !prefix.ends_with('/')) {
        return Ok(());
    }
    Err(ConfigError::Invalid {
        key: "ingest.path".into(),
        wanted: "empty, or a path that begins with / and does not end in it, such as /_t",
    })
}

/// Whether the path leads where it says. One with dot segments leads elsewhere once
/// somebody resolves it, as `fetch()` and many servers do: out of the route it matched.
/// Encoded dots count, a backslash is a slash to <https://url.spec.whatwg.org/#path-state>,
/// and an encoded slash or backslash is one to servers that decode before they resolve.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
pub(crate) fn is_resolved(path: &str) -> bool {
    if path.contains('\\') {
        return false;
    }
    if !path.contains("/.") && !path.contains('%') {
        return true;
    }
    let plain = path.to_ascii_lowercase().replace("%2e", ".");
    let plain = plain.replace("%2f", "/").replace("%5c", "/");
    !plain
        .split('/')
        .any(|segment| segment == "." || segment == "..")
}

/// Splits `/pk_…/v1/bundle` before `/v1`.
fn split_key(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix('/')?;
    let end = rest.find('/')?;
    let (key, path) = rest.split_at_checked(end)?;
    key.starts_with(KEY_PREFIX).then_some((key, path))
}

fn key_outside_path(head: &Parts) -> Option<&str> {
    let header = || head.headers.get(KEY_HEADER)?.to_str().ok();
    key_in_query(head.uri.query().unwrap_or_default())
        .or_else(header)
        .or_else(|| bearer(&head.headers))
}

/// The value of `key`. A key has no character that a URL would escape, so an escaped
/// one is simply not known.
fn key_in_query(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("key="))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

const KEY_HEADER: &str = "x-throughline-key";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_told() {
        for path in [
            "/api/../secret",
            "/api/..",
            "/api/./x",
            "/api/%2e%2e/secret",
            "/api/.%2E/secret",
            "/api/..\\secret",
            "/api\\x",
            "/api/..%2fsecret",
            "/api/x%5C..%5Csecret",
            "/_t/../v1/traces",
        ] {
            assert!(!is_resolved(path), "{path}");
        }
        for path in [
            "/",
            "/api/x.y",
            "/.well-known/x",
            "/api/...",
            "/api/a..b/",
            "/api/%2ehidden",
            "//x",
            "*",
            "",
            "/api/%252e%252e/x",
            "/api/a%2Fb",
        ] {
            assert!(is_resolved(path), "{path}");
        }
    }
}
