//! Ports of URLs.

use http::Uri;

/// Whether a URL has a host, and the port that it names is one that there is. Clients take the port of
/// the scheme in the place of one that is out of range: what was meant for 43180 would go to 80.
pub(crate) fn has_port_of_its_own(uri: &Uri) -> bool {
    let authority = uri.authority().map(|authority| authority.as_str());
    let (Some(authority), Some(host)) = (authority, uri.host()) else {
        return false;
    };
    !host.is_empty() && (authority.ends_with(host) || uri.port_u16().is_some_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_in_range_or_left_out() {
        for (url, is_usable) in [
            ("http://a", true),
            ("http://a/x", true),
            ("http://user@a", true),
            ("http://[::1]", true),
            ("http://[::1]:80", true),
            ("http://a:65535/x", true),
            ("http://a:65536", false),
            ("http://a:431800/x", false),
            ("http://a:0", false),
            ("http://[::1]:99999", false),
        ] {
            let uri = url.parse().expect("a URL for http");
            assert_eq!(has_port_of_its_own(&uri), is_usable, "{url}");
        }
    }
}
