//! Heads of requests and responses, as text that crosses between JavaScript and Rust.
//!
//! The text has one item per line. An event has header values as UTF-8; Node has one character for
//! each byte of those of an upstream.

use core::net::IpAddr;
use http::header::{HeaderName, HeaderValue, InvalidHeaderName, InvalidHeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use std::borrow::Cow;
use throughline_edge::host::ClientAddress;

/// Reads method, path with query, protocol, client address, and headers of an event.
///
/// # Errors
/// [`HeadError`]; the sender is at fault.
pub fn parse_request(head: &str) -> Result<http::Request<()>, HeadError> {
    let mut lines = head.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(line().as_bytes())?;
    *request.uri_mut() = target(line())?;
    *request.version_mut() = version(line());
    if let Ok(address) = line().parse::<IpAddr>() {
        request.extensions_mut().insert(ClientAddress(address));
    }
    *request.headers_mut() = parse_headers(lines, |value| Cow::Borrowed(value.as_bytes()))?;
    Ok(request)
}

/// Reads status and headers of an upstream's response.
///
/// # Errors
/// [`HeadError`]; the upstream is at fault.
pub fn parse_response(head: &str) -> Result<http::Response<()>, HeadError> {
    let mut lines = head.split('\n');
    let mut response = http::Response::new(());
    *response.status_mut() = StatusCode::from_bytes(lines.next().unwrap_or_default().as_bytes())?;
    *response.headers_mut() = parse_headers(lines, |value| Cow::Owned(from_latin1(value)))?;
    Ok(response)
}

/// Writes method, URL and headers of a request to an upstream.
pub fn format_request(request: &http::request::Parts) -> String {
    let mut head = String::from(request.method.as_str());
    head.push('\n');
    head.push_str(&request.uri.to_string());
    format_headers(&mut head, &request.headers, |value| {
        value.iter().copied().map(char::from).collect()
    });
    head
}

/// Writes status and headers of the function's response.
pub fn format_response(response: &http::response::Parts) -> String {
    let mut head = String::from(response.status.as_str());
    format_headers(&mut head, &response.headers, |value| {
        String::from_utf8_lossy(value).into_owned()
    });
    head
}

/// Why a head cannot be used. Its sender is at fault.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// No token of HTTP.
    #[error("the method is invalid: {0}")]
    Method(#[from] http::method::InvalidMethod),
    /// No path and query, even with its characters encoded.
    #[error("the URL is invalid: {0}")]
    Url(#[from] http::uri::InvalidUri),
    /// No three digits.
    #[error("the status is invalid: {0}")]
    Status(#[from] http::status::InvalidStatusCode),
    /// No token of HTTP.
    #[error("a header name is invalid: {0}")]
    HeaderName(#[from] InvalidHeaderName),
    /// A character that no header has.
    #[error("a header value is invalid: {0}")]
    HeaderValue(#[from] InvalidHeaderValue),
}

/// The path and query of an event, in which characters that a URL does not have are encoded again.
fn target(line: &str) -> Result<Uri, HeadError> {
    let encoded: String = line
        .bytes()
        .map(|byte| match byte {
            b'!'..=b'~' if !br#""<>\^`{|}"#.contains(&byte) => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    Ok(encoded.parse()?)
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>
fn version(protocol: &str) -> Version {
    match protocol {
        // Lambda@Edge does not tell; spans have no version 0.9.
        "" => Version::HTTP_09,
        "HTTP/1.0" => Version::HTTP_10,
        "HTTP/2" | "HTTP/2.0" => Version::HTTP_2,
        "HTTP/3" | "HTTP/3.0" => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

fn parse_headers<'a>(
    mut lines: impl Iterator<Item = &'a str>,
    bytes: impl Fn(&'a str) -> Cow<'a, [u8]>,
) -> Result<HeaderMap, HeadError> {
    let mut headers = HeaderMap::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        if name == TRACEPARENT {
            // An event has repeated headers joined by commas. Split again, the edge sees that
            // there was more than one: a trace must not continue from either.
            // https://www.w3.org/TR/trace-context-2/#traceparent-header
            for one in value.split(',') {
                let one = HeaderValue::from_bytes(&bytes(one.trim()))?;
                headers.append(name.clone(), one);
            }
        } else {
            headers.append(name, HeaderValue::from_bytes(&bytes(value))?);
        }
    }
    Ok(headers)
}

fn format_headers(head: &mut String, headers: &HeaderMap, text: impl Fn(&[u8]) -> String) {
    for (name, value) in headers {
        head.push('\n');
        head.push_str(name.as_str());
        head.push('\n');
        head.push_str(&text(value.as_bytes()));
    }
}

/// The bytes of a text with one character for each; a character that is none is `?`.
fn from_latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
        .collect()
}

const TRACEPARENT: &str = "traceparent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_request_is_read() {
        let head = "POST\n/v1/traces?key=pk\nHTTP/2\n2001:db8::1\ncontent-type\ntext/plain\ncookie\na=1; b=2";
        let request = parse_request(head).expect("well formed");
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/v1/traces?key=pk");
        assert_eq!(request.version(), Version::HTTP_2);
        let client = request.extensions().get::<ClientAddress>();
        assert_eq!(
            client.map(|client| client.0.to_string()).as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(request.headers()["cookie"], "a=1; b=2");
    }

    #[test]
    fn a_protocol_that_is_not_told_is_not_claimed() {
        let request = parse_request("GET\n/\n\n").expect("well formed");
        assert_eq!(request.version(), Version::HTTP_09);
    }

    #[test]
    fn a_path_that_was_decoded_is_encoded_again() {
        for (line, wanted) in [
            ("/a b", "/a%20b"),
            ("/a%20b?c=%2F", "/a%20b?c=%2F"),
            ("/gr\u{fc}n", "/gr%C3%BCn"),
            ("/\u{0}\"", "/%00%22"),
        ] {
            assert_eq!(target(line).expect("a target").to_string(), wanted);
        }
    }

    #[test]
    fn two_traceparents_that_were_joined_are_two() {
        let request = parse_request("GET\n/\n\n\ntraceparent\n00-a, 00-b").expect("well formed");
        assert_eq!(request.headers().get_all("traceparent").iter().count(), 2);
    }

    #[test]
    fn bytes_of_an_upstream_stay() {
        let response = parse_response("200\nserver\nfa\u{e7}ade").expect("well formed");
        assert_eq!(response.headers()["server"].as_bytes(), b"fa\xe7ade");
        let mut request = http::Request::new(());
        request.headers_mut().insert(
            "x-name",
            HeaderValue::from_bytes("\u{e7}".as_bytes()).expect("a value"),
        );
        let head = format_request(&request.into_parts().0);
        assert_eq!(head, "GET\n/\nx-name\n\u{c3}\u{a7}");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for head in ["", "B D\n/", "GET\n/\n\n\na b\nc", "GET\n/\n\n\na\n\u{1}"] {
            assert!(parse_request(head).is_err(), "{head:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_head_is_read_or_refused(head: String) {
            let _ = parse_request(&head);
            let _ = parse_response(&head);
        }

        #[test]
        fn any_target_is_read_or_refused(path: String) {
            let _ = target(&format!("/{path}"));
        }
    }
}
