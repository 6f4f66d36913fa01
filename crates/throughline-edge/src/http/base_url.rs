//! Parses the base URLs of a configuration: backends and upstreams.

use http::Uri;

/// Parses a URL to which paths are appended: a scheme and a host, perhaps a path. `None`
/// for anything else. Query, fragment, user and password are refused: they would not be
/// sent, and `fetch()` repeats a password in its error.
pub(crate) fn parse(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let names_user = uri.authority()?.as_str().contains('@');
    (is_http && !names_user && !url.contains(['?', '#'])).then_some(uri)
}

/// The form that a base URL should have, for messages.
pub(crate) const WANTED: &str = "a URL that begins with http:// or https://, without a user, ? and #, such as http://127.0.0.1:4318";
