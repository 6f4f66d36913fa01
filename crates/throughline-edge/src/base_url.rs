//! Which server does a configured URL name?

use http::Uri;

/// Reads a URL that paths are put behind: with a scheme and a host, perhaps a path.
/// `None` for anything else; what comes after a `?` or `#` would end up in no request, and
/// a user and password in no header: `fetch()` refuses them, in a message that repeats them.
pub(crate) fn parse(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let names_user = uri.authority()?.as_str().contains('@');
    (is_http && !names_user && !url.contains(['?', '#'])).then_some(uri)
}

/// What is said to be wanted instead.
pub(crate) const WANTED: &str =
    "a URL that begins with http:// or https://, without a user, ? and #";
