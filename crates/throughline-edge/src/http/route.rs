//! Routes: which part of the edge a request is for.

use crate::config::ConfigError;
use crate::outcome::stats;
use crate::proxy;
use crate::receiver::{PROTOCOLS, Protocol};
use crate::script;
use crate::source_maps;
use http::request::Parts;

/// The part of the edge that a request is for.
#[derive(Debug)]
pub(crate) enum Destination<'a> {
    /// Telemetry, in one of the protocols.
    Ingest(Ingest<'a>),
    /// The index of a source map, by this debug id.
    SourceMap(&'a str),
    /// The script of a page.
    Script(script::Named<'a>),
    /// The health check.
    Health,
    /// The check whether requests may come.
    Ready,
    /// The counts of outcomes.
    Stats,
    /// The service of the W3C trace-context suite.
    ConformanceTest,
    /// An upstream of the proxy.
    Upstream(&'a proxy::Route),
    /// Telemetry in a call of gRPC, which has another port.
    GrpcElsewhere,
    /// A CONNECT tunnel, which the edge does not open.
    Tunnel,
    /// A path with dot segments, which leads elsewhere once it is resolved.
    Ambiguous,
    /// Neither a protocol nor a route has this path.
    Nowhere,
}

/// Telemetry that arrives: its protocol, and the path below `ingest.path`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ingest<'a> {
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) path: &'a str,
}

impl<'a> Destination<'a> {
    /// The destination of a path below the ingest prefix; `None` for any other path.
    pub(crate) fn of_ingest(prefix: &str, head: &'a Parts) -> Option<Self> {
        let path = head.uri.path().strip_prefix(prefix)?;
        if path == HEALTH {
            return Some(Destination::Health);
        }
        if path == READY {
            return Some(Destination::Ready);
        }
        if path == stats::PATH {
            return Some(Destination::Stats);
        }
        if let Some(rest) = path.strip_prefix(source_maps::PATH)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Some(Destination::SourceMap(
                rest.strip_prefix('/').unwrap_or(rest),
            ));
        }
        if let Some(named) = script::Named::of_path(path) {
            return Some(Destination::Script(named));
        }
        match PROTOCOLS.iter().find(|protocol| protocol.is_at(path)) {
            Some(protocol) => Some(Destination::Ingest(Ingest {
                protocol: *protocol,
                path,
            })),
            // A site that responds with 200 to everything would take it, and it would be lost.
            None if !prefix.is_empty() && is_of_senders(path) => Some(Destination::Nowhere),
            None => None,
        }
    }
}

/// Whether a path below the ingest prefix is one that senders of telemetry alone ask for: a signal or
/// an item that is not received, or a mistake in the address.
fn is_of_senders(path: &str) -> bool {
    let sentry = path
        .strip_prefix("/api/")
        .and_then(|rest| rest.split_once('/'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    path.starts_with("/v1/")
        || path.starts_with("/v1development/")
        || sentry.is_some_and(|(project, _)| is_number(project))
}

/// Checks the prefix of the ingest paths.
///
/// # Errors
/// [`ConfigError`] says what it should be; the operator is at fault.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), ConfigError> {
    let invalid = |wanted| ConfigError::Invalid {
        key: "ingest.path".into(),
        wanted,
    };
    if prefix.is_empty() {
        return Ok(());
    }
    if !prefix.starts_with('/') || prefix.ends_with('/') {
        let wanted = "empty, or a path that begins with / and does not end in it, such as /_t";
        return Err(invalid(wanted));
    }
    if !is_as_sent(prefix) || !is_resolved(prefix) {
        let wanted =
            "empty, or a path as clients send it, resolved and percent-encoded, such as /_t";
        return Err(invalid(wanted));
    }
    Ok(())
}

/// Whether a path has the characters alone that clients send in one: others they encode, and ? and #
/// end it. A pattern with another one would never match.
/// <https://url.spec.whatwg.org/#path-percent-encode-set>
pub(crate) fn is_as_sent(path: &str) -> bool {
    path.bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?#\"<>^`{}".contains(&byte))
}

/// Whether the path has no dot segments. One that has leads elsewhere once a server
/// resolves it, as `fetch()` and many servers do: out of the route it matched.
/// Encoded dots count, a backslash is a slash to <https://url.spec.whatwg.org/#path-state>,
/// and an encoded slash or backslash is one to servers that decode before they resolve.
/// What follows a semicolon is a parameter to servers of servlets, which remove it first:
/// `..;x` is `..` there.
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
    let plain = plain.replace("%3b", ";");
    !plain.split('/').any(|segment| {
        let name = segment.split(';').next();
        matches!(name, Some("." | ".."))
    })
}

/// The path of the health check, below the ingest prefix.
const HEALTH: &str = "/healthz";
/// The path of the check whether requests may come, below the ingest prefix.
const READY: &str = "/readyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_found() {
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
            "/api/..;/secret",
            "/api/..;x=1/secret",
            "/api/.;/x",
            "/api/%2e%2e%3bx/secret",
            "/api/..;",
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
            "/api/basket;jsessionid=1..2/x",
            "/api/;..",
        ] {
            assert!(is_resolved(path), "{path}");
        }
    }
}
