//! Parses the base URLs of a configuration: backends and upstreams.

use http::Uri;

/// Parses a URL to which paths are appended: a scheme and a host, perhaps a path. `None`
/// for anything else. Query, fragment, user and password are refused: they would not be
/// sent, and `fetch()` repeats a password in its error. So is a port that there is not: clients
/// would take that of the scheme.
pub(crate) fn parse(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority()?.as_str();
    let names_user = authority.contains('@');
    let port = authority.strip_prefix(uri.host()?)?.strip_prefix(':');
    let has_port = port.is_none_or(|port| port.parse().is_ok_and(|port: u16| port > 0));
    (is_http && !names_user && has_port && !url.contains(['?', '#'])).then_some(uri)
}

/// The form that a base URL should have, for messages.
pub(crate) const WANTED: &str = "a URL that begins with http:// or https://, without a user, ? and #, with a port from 1 to 65535 if any, such as http://127.0.0.1:4318";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_one_that_there_is() {
        for url in [
            "http://b",
            "http://b:1/x",
            "http://[::1]:65535",
            "https://[::1]",
        ] {
            assert!(parse(url).is_some(), "{url}");
        }
        for url in [
            "http://b:65536",
            "http://b:0",
            "http://b:",
            "http://[::1]:99999/x",
        ] {
            assert!(parse(url).is_none(), "{url}");
        }
    }
}
