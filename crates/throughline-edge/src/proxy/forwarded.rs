//! The headers that the proxy passes on, adds, and removes.

use crate::http::caller::{self, Caller, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

/// The headers for the upstream: the client's, without those of its connection, and with
/// its address and the host it addressed. What the caller says of a client before it goes
/// on only where it is trusted.
pub(crate) fn request_headers(head: &Parts, caller: &Caller) -> HeaderMap {
    let mut headers = head.headers.clone();
    remove_hop_by_hop(&mut headers);
    // The upstream gets its own authority.
    headers.remove(header::HOST);
    join_cookies(&mut headers);
    let peer = caller.peer.map(|peer| peer.to_string());
    let mut nodes = caller.before_peer.clone().unwrap_or_default();
    let mut elements = Vec::new();
    if caller.before_peer.is_none() {
        remove_claims(&mut headers);
    } else if is_x_forwarded(&headers) {
        headers.remove(header::FORWARDED);
        elements.extend(nodes.iter().map(|node| element(Some(node), caller)));
    } else {
        elements.extend(lines(&headers, &header::FORWARDED));
    }
    elements.push(element(peer.as_deref(), caller));
    nodes.extend(peer);
    if !nodes.is_empty() {
        set(&mut headers, X_FORWARDED_FOR, &nodes.join(", "));
    }
    set(&mut headers, X_FORWARDED_PROTO, caller.scheme.as_str());
    if let Some(authority) = &caller.authority {
        set(&mut headers, X_FORWARDED_HOST, authority.as_str());
    }
    set(&mut headers, header::FORWARDED, &elements.join(", "));
    headers
}

/// Two lines of cookies are allowed in HTTP/2 and 3 alone:
/// <https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3>.
fn join_cookies(headers: &mut HeaderMap) {
    let lines = headers.get_all(header::COOKIE).iter();
    let lines: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
    if lines.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, joined);
    }
}

/// Removes what a caller that is not trusted says of itself.
fn remove_claims(headers: &mut HeaderMap) {
    let is_claim = |name: &&HeaderName| {
        let name = name.as_str();
        name.starts_with("x-forwarded-") || name == "forwarded" || name == "x-real-ip"
    };
    let claims: Vec<HeaderName> = headers.keys().filter(is_claim).cloned().collect();
    for name in &claims {
        headers.remove(name);
    }
}

fn is_x_forwarded(headers: &HeaderMap) -> bool {
    [X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST]
        .iter()
        .any(|name| headers.contains_key(name))
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

/// One element of `Forwarded`: <https://www.rfc-editor.org/rfc/rfc7239#section-4>.
fn element(node: Option<&str>, caller: &Caller) -> String {
    let mut element = match node.and_then(caller::address) {
        Some(address) if address.is_ipv6() => format!("for=\"[{address}]\";"),
        Some(address) => format!("for={address};"),
        None => String::from("for=unknown;"),
    };
    if let Some(authority) = &caller.authority {
        element.push_str(&format!("host=\"{authority}\";"));
    }
    element.push_str("proto=");
    element.push_str(caller.scheme.as_str());
    element
}

fn lines(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    lines
        .filter_map(|line| line.to_str().ok().map(String::from))
        .collect()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Nothing of a value that is replaced may stay.
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => headers.insert(name, value),
        Err(_) => headers.remove(name),
    };
}

static HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    // Of `Upgrade: h2c`; some clients do not name it in Connection.
    HeaderName::from_static("http2-settings"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ClientAddress;
    use crate::http::caller::TrustedProxies;

    proptest::proptest! {
        #[test]
        fn an_upstream_reads_one_list_that_ends_with_the_peer(values: Vec<(u8, Vec<u8>)>) {
            let names = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
            let (mut head, ()) = http::Request::new(()).into_parts();
            for (name, value) in values {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    head.headers.append(names[usize::from(name) % 4], value);
                }
            }
            let peer = ClientAddress([10, 0, 0, 1].into());
            head.extensions.insert(peer);
            for trusted in [&["private".to_owned()][..], &[]] {
                let trusted = TrustedProxies::parse(trusted).expect("valid");
                let headers = request_headers(&head, &trusted.caller(&head));
                for (name, end) in [("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "http")] {
                    let all: Vec<_> = headers.get_all(name).iter().collect();
                    proptest::prop_assert_eq!(all.len(), 1);
                    let text = String::from_utf8_lossy(all[0].as_bytes());
                    proptest::prop_assert!(text.trim_end_matches('s').ends_with(end), "{}", text);
                }
                let forwarded: Vec<_> = headers.get_all("forwarded").iter().collect();
                proptest::prop_assert_eq!(forwarded.len(), 1);
                let text = forwarded[0].to_str().expect("ASCII");
                proptest::prop_assert!(text.contains("for=10.0.0.1;"), "{}", text);
            }
        }
    }
}
