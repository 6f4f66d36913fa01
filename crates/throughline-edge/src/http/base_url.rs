//! Parses the base URLs of a configuration: backends and upstreams.

use http::Uri;

/// Parses a URL to which paths are appended: a scheme and a host, perhaps a path. `None`
/// for anything else. Query, fragment, user and password are refused: they would not be
/// sent, and `fetch()` repeats a password in its error. So is a port that there is not.
pub(crate) fn parse(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let names_user = uri.authority()?.as_str().contains('@');
    let is_base = is_http && !names_user && !url.contains(['?', '#']);
    (is_base && has_usable_port(&uri)).then_some(uri)
}

/// Whether a URL has a host, and the port that it names, if any, is one that there is. Clients take the port
/// of the scheme in the place of one that is out of range: what was meant for 43180 would go to 80.
pub fn has_usable_port(uri: &Uri) -> bool {
    let authority = uri.authority().map(|authority| authority.as_str());
    let (Some(authority), Some(host)) = (authority, uri.host()) else {
        return false;
    };
    !host.is_empty() && (authority.ends_with(host) || uri.port_u16().is_some_and(|port| port > 0))
}

/// The form that a base URL should have, for messages.
pub(crate) const WANTED: &str = "a URL that begins with http:// or https://, without a user, ? and #, with a port from 1 to 65535 if any, such as http://127.0.0.1:4318";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_in_range_or_left_out() {
        for (url, is_usable) in [
            ("http://a", true),
            ("http://a:1/x", true),
            ("http://user@a", true),
            ("https://[::1]", true),
            ("http://[::1]:65535", true),
            ("http://a:", false),
            ("http://a:0", false),
            ("http://a:65536", false),
            ("http://a:431800/x", false),
            ("http://[::1]:99999/x", false),
        ] {
            let uri = url.parse().expect("a URL for http");
            assert_eq!(has_usable_port(&uri), is_usable, "{url}");
            let is_base = is_usable && !url.contains('@');
            assert_eq!(parse(url).is_some(), is_base, "{url}");
        }
    }
}
