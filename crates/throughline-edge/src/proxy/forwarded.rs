//! The headers that the proxy passes on, adds, and removes.

use crate::host::ClientAddress;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, Uri};

/// The headers for the upstream: the client's, without those of its connection, and with
/// its address and the host it addressed.
pub(crate) fn request_headers(head: &Parts) -> HeaderMap {
    let mut headers = head.headers.clone();
    remove_hop_by_hop(&mut headers);
    // The upstream gets its own authority.
    headers.remove(header::HOST);
    let client = head.extensions.get::<ClientAddress>();
    let scheme = scheme(&head.uri);
    let asked = authority(head);
    let asked = asked.as_ref().map(Authority::as_str);
    if let Some(ClientAddress(address)) = client {
        append(&mut headers, &X_FORWARDED_FOR, &address.to_string());
    }
    set(&mut headers, X_FORWARDED_PROTO, scheme);
    if let Some(asked) = asked {
        set(&mut headers, X_FORWARDED_HOST, asked);
    }
    append(
        &mut headers,
        &header::FORWARDED,
        &element(client, scheme, asked),
    );
    headers
}

/// Removes the headers that belong to one connection only.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Whether the client wants a WebSocket, which plain HTTP cannot replace. Other upgrades
/// are offers that may be ignored: <https://www.rfc-editor.org/rfc/rfc9110#section-7.8>.
pub(crate) fn is_web_socket(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// The scheme that the client addressed: `http` or `https`.
pub(crate) fn scheme(uri: &Uri) -> &str {
    uri.scheme_str().unwrap_or("http")
}

/// The host and port that the client addressed.
pub(crate) fn authority(head: &Parts) -> Option<Authority> {
    let host = || Authority::try_from(head.headers.get(header::HOST)?.as_bytes()).ok();
    head.uri.authority().cloned().or_else(host)
}

/// One element of `Forwarded`: <https://www.rfc-editor.org/rfc/rfc7239#section-4>.
fn element(client: Option<&ClientAddress>, scheme: &str, asked: Option<&str>) -> String {
    let mut element = match client {
        Some(ClientAddress(address)) if address.is_ipv6() => format!("for=\"[{address}]\";"),
        Some(ClientAddress(address)) => format!("for={address};"),
        None => String::from("for=unknown;"),
    };
    if let Some(asked) = asked {
        element.push_str(&format!("host=\"{asked}\";"));
    }
    element.push_str("proto=");
    element.push_str(scheme);
    element
}

fn append(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    let before: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let list = before
        .into_iter()
        .chain([value])
        .collect::<Vec<_>>()
        .join(", ");
    set(headers, name.clone(), &list);
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
