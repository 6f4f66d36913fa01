//! Heads of requests and responses, as text that crosses between JavaScript and Rust.
//!
//! The text has one item per line, see `platform.js`. The runtime reads and writes header
//! values as UTF-8: other bytes arrive as U+FFFD.

use http::header::{self, HeaderName, HeaderValue, InvalidHeaderName, InvalidHeaderValue};
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use std::net::{IpAddr, SocketAddr};
use throughline_edge::host::{ClientAddress, ClientLocation};

/// Reads method, URL, protocol, client address, client location, and headers.
pub(crate) fn parse_request(head: &str) -> Result<http::Request<()>, HeadError> {
    let mut lines = head.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(line().as_bytes())?;
    let url = line();
    *request.version_mut() = version(line());
    if let Some(address) = client_address(line()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    request.extensions_mut().insert(client_location(line()));
    *request.headers_mut() = parse_headers(lines)?;
    check_host(request.headers())?;
    *request.uri_mut() = if request.method() == Method::OPTIONS && is_asterisk(url) {
        Uri::from_static("*")
    } else {
        url.parse()?
    };
    Ok(request)
}

/// Reads status and headers.
pub(crate) fn parse_response(head: &str) -> Result<http::Response<()>, HeadError> {
    let mut lines = head.split('\n');
    let mut response = http::Response::new(());
    *response.status_mut() = StatusCode::from_bytes(lines.next().unwrap_or_default().as_bytes())?;
    *response.headers_mut() = parse_headers(lines)?;
    Ok(response)
}

/// Writes method, URL and headers.
pub(crate) fn format_request(request: &http::request::Parts) -> String {
    let mut head = String::from(request.method.as_str());
    head.push('\n');
    head.push_str(&request.uri.to_string());
    format_headers(&mut head, &request.headers);
    head
}

/// Writes status and headers.
pub(crate) fn format_response(response: &http::response::Parts) -> String {
    let mut head = String::from(response.status.as_str());
    format_headers(&mut head, &response.headers);
    head
}

/// Why a head cannot be used. Its sender is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the method is invalid: {0}")]
    Method(#[from] http::method::InvalidMethod),
    #[error("the URL is invalid: {0}")]
    Url(#[from] http::uri::InvalidUri),
    /// The same text as the native host's.
    #[error("a request has one Host header, which names a host")]
    Host,
    #[error("the status is invalid: {0}")]
    Status(#[from] http::status::InvalidStatusCode),
    #[error("a header name is invalid: {0}")]
    HeaderName(#[from] InvalidHeaderName),
    #[error("a header value is invalid: {0}")]
    HeaderValue(#[from] InvalidHeaderValue),
}

/// The runtime makes the URL of the Host header and the target. A host with a slash in it
/// would change the path, and with it the route.
fn check_host(headers: &HeaderMap) -> Result<(), HeadError> {
    let Some(host) = headers.get(header::HOST).filter(|host| !host.is_empty()) else {
        return Ok(());
    };
    match Authority::try_from(host.as_bytes()) {
        Ok(authority) if !authority.as_str().contains('@') => Ok(()),
        _ => Err(HeadError::Host),
    }
}

/// Whether the target was `*`, which the runtime appends to the host.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.4>
fn is_asterisk(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    authority.ends_with('*')
}

/// <https://developers.cloudflare.com/workers/runtime-apis/request/#incomingrequestcfproperties>
fn version(protocol: &str) -> Version {
    match protocol {
        "HTTP/1.0" => Version::HTTP_10,
        "HTTP/2" => Version::HTTP_2,
        "HTTP/3" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

/// workerd writes `127.0.0.1:55808`, Cloudflare leaves the port out.
fn client_address(text: &str) -> Option<IpAddr> {
    text.parse::<SocketAddr>()
        .map(|address| address.ip())
        .or_else(|_| text.parse())
        .ok()
}

/// The client's location, its parts in the order of `platform.js`.
fn client_location(line: &str) -> ClientLocation {
    let mut parts = line.split('\t');
    let mut text = || parts.next().filter(|part| !part.is_empty()).map(Box::from);
    ClientLocation {
        continent: text(),
        country: text(),
        region: text(),
        city: text(),
        timezone: text(),
        as_number: text().and_then(|number: Box<str>| number.parse().ok()),
        as_organization: text(),
    }
}

fn parse_headers<'a>(mut lines: impl Iterator<Item = &'a str>) -> Result<HeaderMap, HeadError> {
    let mut headers = HeaderMap::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        if name == TRACEPARENT {
            // Repeated headers arrive joined by commas. Split again, the edge sees that
            // there was more than one: a trace must not continue from either.
            // https://www.w3.org/TR/trace-context-2/#traceparent-header
            for one in value.split(',') {
                headers.append(
                    name.clone(),
                    HeaderValue::from_bytes(one.trim().as_bytes())?,
                );
            }
        } else if name == header::COOKIE {
            // So do lines of cookies, whose separator is a semicolon: joined by a comma the
            // second cookie would be part of the first one's value.
            for one in split_cookies(value) {
                headers.append(name.clone(), HeaderValue::from_bytes(one.as_bytes())?);
            }
        } else {
            headers.append(name, HeaderValue::from_bytes(value.as_bytes())?);
        }
    }
    Ok(headers)
}

/// The lines that the runtime has joined by `, `: where the name of a cookie follows. A
/// value has no comma (<https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1>), but those
/// of some sites have, as in a date, and stay whole.
fn split_cookies(joined: &str) -> Vec<&str> {
    let (mut lines, mut begin) = (Vec::new(), 0);
    for (at, separator) in joined.match_indices(", ") {
        let next = joined.get(at + separator.len()..).unwrap_or_default();
        let name = next.split(['=', ';', ',', ' ']).next().unwrap_or_default();
        let is_name = !name.is_empty()
            && next
                .get(name.len()..)
                .is_some_and(|rest| rest.starts_with('='));
        if is_name {
            lines.push(joined.get(begin..at).unwrap_or_default());
            begin = at + separator.len();
        }
    }
    lines.push(joined.get(begin..).unwrap_or_default());
    lines
}

fn format_headers(head: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        head.push('\n');
        head.push_str(name.as_str());
        head.push('\n');
        head.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
}

const TRACEPARENT: &str = "traceparent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_request_is_read() {
        let head = "POST\nhttp://edge/v1/traces?key=pk\nHTTP/2\n::1\nNA\tCA\tQC\tMontr\u{e9}al\t\t577\tBell\ncontent-type\ntext/plain";
        let request = parse_request(head).expect("well formed");
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri().query(), Some("key=pk"));
        assert_eq!(request.version(), Version::HTTP_2);
        assert_eq!(request.headers()["content-type"], "text/plain");
        let location = request.extensions().get::<ClientLocation>();
        let expected = ClientLocation {
            continent: Some("NA".into()),
            country: Some("CA".into()),
            region: Some("QC".into()),
            city: Some("Montr\u{e9}al".into()),
            timezone: None,
            as_number: Some(577),
            as_organization: Some("Bell".into()),
        };
        assert_eq!(location, Some(&expected));
    }

    #[test]
    fn the_client_address_is_read_with_and_without_a_port() {
        for (line, address) in [
            ("127.0.0.1:55808", Some("127.0.0.1")),
            ("[::1]:55808", Some("::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("unix:/tmp/socket", None),
            ("", None),
        ] {
            let request =
                parse_request(&format!("GET\nhttp://edge/\n\n{line}")).expect("well formed");
            let found = request.extensions().get::<ClientAddress>();
            assert_eq!(found.map(|found| found.0.to_string()).as_deref(), address);
        }
    }

    #[test]
    fn text_beyond_ascii_is_read_and_written() {
        let head = "200\nx-name\ncaf\u{e9}";
        let response = parse_response(head).expect("well formed");
        assert_eq!(
            response.headers()["x-name"].as_bytes(),
            "caf\u{e9}".as_bytes()
        );
        assert_eq!(format_response(&response.into_parts().0), head);
    }

    #[test]
    fn each_cookie_is_a_separate_header() {
        let head = "200\nset-cookie\na=1, b\nset-cookie\nc=2";
        let response = parse_response(head).expect("well formed");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(format_response(&response.into_parts().0), head);
    }

    #[test]
    fn joined_traceparents_are_split() {
        let head = "GET\nhttp://edge/\n\n\n\ntraceparent\n00-a-b-01, 00-c-d-01";
        let request = parse_request(head).expect("well formed");
        let all: Vec<_> = request.headers().get_all("traceparent").iter().collect();
        assert_eq!(all, ["00-a-b-01", "00-c-d-01"]);
    }

    #[test]
    fn joined_cookies_are_split() {
        for (joined, wanted) in [
            ("a=1, b=2", &["a=1", "b=2"][..]),
            ("a=1; b=2, c=3; d=4, e=", &["a=1; b=2", "c=3; d=4", "e="]),
            (
                "seen=Thu, 01 Jan 1970; list=1,2=3",
                &["seen=Thu, 01 Jan 1970; list=1,2=3"],
            ),
            ("", &[""]),
        ] {
            let head = format!("GET\nhttp://edge/\n\n\n\ncookie\n{joined}");
            let request = parse_request(&head).expect("well formed");
            let all: Vec<_> = request.headers().get_all("cookie").iter().collect();
            assert_eq!(all, wanted, "{joined}");
        }
    }

    #[test]
    fn a_host_that_changes_the_path_is_refused() {
        for host in ["a/admin", "a?x", "a#x", "me@a", "a b", "a\\admin"] {
            let head = format!("GET\nhttp://{host}/x\n\n\n\nhost\n{host}");
            assert!(
                matches!(parse_request(&head), Err(HeadError::Host)),
                "{host}"
            );
        }
        for host in ["", "shop.example", "Shop.example:8080", "[::1]:8787"] {
            let head = format!("GET\nhttp://edge/x\n\n\n\nhost\n{host}");
            assert!(parse_request(&head).is_ok(), "{host}");
        }
        let head = "OPTIONS\nhttp://shop.example*/\n\n\n\nhost\nshop.example";
        let request = parse_request(head).expect("well formed");
        assert_eq!(request.uri(), "*");
    }

    #[test]
    fn a_bad_head_is_refused() {
        assert!(parse_request("GET\nnot a url").is_err());
        assert!(parse_request("GET\nhttp://edge/\n\n\n\nbad name\nv").is_err());
        assert!(parse_response("abc").is_err());
    }
}
