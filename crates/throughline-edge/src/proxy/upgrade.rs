//! Requests that change the protocol of their connection: WebSocket, and what a route lists.
//!
//! What passes after status 101 the proxy does not read. So a protocol passes that the route
//! lists, HTTP/2 and TLS never: they would carry requests past the proxy. Any other `Upgrade`
//! is an offer, which a server may ignore: <https://www.rfc-editor.org/rfc/rfc9110#section-7.8>.

use super::failure::Failure;
use crate::config::{ConfigError, RouteConfig};
use crate::host::UpgradeIdle;
use core::time::Duration;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};

/// Reads `upgrades` of the route at `index`. `check` says what the platform can do.
///
/// # Errors
/// [`ConfigError`] names the entry that is wrong; the operator is at fault.
pub(super) fn parse(
    index: usize,
    config: &RouteConfig,
    check: fn(&str) -> Result<(), &'static str>,
) -> Result<Vec<HeaderValue>, ConfigError> {
    let entries = config.upgrades.iter().enumerate();
    let parsed = entries.map(|(at, name)| {
        let key = || format!("proxy.routes[{index}].upgrades[{at}]").into();
        let value = HeaderValue::from_str(name).ok();
        let Some(value) = value.filter(|_| is_protocol(name)) else {
            return Err(ConfigError::Invalid {
                key: key(),
                wanted: "a protocol in lower case that is neither HTTP nor TLS, such as websocket",
            });
        };
        match check(name) {
            Ok(()) => Ok(value),
            Err(why) => Err(ConfigError::Unavailable { key: key(), why }),
        }
    });
    parsed.collect()
}

/// The protocol that the upstream is to be asked for, one of `allowed`. `None`: the request is
/// plain HTTP, or its offer is ignored.
///
/// # Errors
/// [`Failure`]: the client wants what does not pass here, or asks in a way that servers read
/// differently.
pub(super) fn requested<'a>(
    head: &Parts,
    has_body: bool,
    allowed: &'a [HeaderValue],
) -> Result<Option<&'a HeaderValue>, Failure> {
    if head.version == Version::HTTP_10 || !names(&head.headers, header::CONNECTION, "upgrade") {
        return Ok(None);
    }
    // Of several servers choose differently: an offer.
    let mut offers = head.headers.get_all(header::UPGRADE).iter();
    let (Some(offer), None) = (offers.next(), offers.next()) else {
        return Ok(None);
    };
    let offer = offer.as_bytes().trim_ascii();
    let is_web_socket = offer.eq_ignore_ascii_case(WEB_SOCKET.as_bytes());
    let protocol = (allowed.iter()).find(|name| offer.eq_ignore_ascii_case(name.as_bytes()));
    if protocol.is_none() {
        // A WebSocket cannot go on without it, and its client reads why.
        return if is_web_socket {
            Err(Failure::WebSocketOff)
        } else {
            Ok(None)
        };
    }
    let announces_body = head.headers.contains_key(header::TRANSFER_ENCODING)
        || (head.headers.get(header::CONTENT_LENGTH)).is_some_and(|length| length != "0");
    let has_key = head.headers.contains_key(header::SEC_WEBSOCKET_KEY);
    let version = head.headers.get(header::SEC_WEBSOCKET_VERSION);
    let is_handshake = !is_web_socket
        || head.method == Method::GET && has_key && version.is_some_and(|version| version == "13");
    if has_body || announces_body || !is_handshake {
        return Err(Failure::Handshake);
    }
    Ok(protocol)
}

/// Adds the request to change to a protocol.
pub(super) fn ask(protocol: Option<&HeaderValue>, headers: &mut HeaderMap) {
    if let Some(protocol) = protocol {
        headers.insert(header::CONNECTION, UPGRADE);
        headers.insert(header::UPGRADE, protocol.clone());
    }
}

/// Whether the upstream has changed to the protocol that it was asked for.
pub(super) fn is_agreed<B>(asked: Option<&HeaderValue>, response: &Response<B>) -> bool {
    let agreed = response
        .headers()
        .get(header::UPGRADE)
        .map(HeaderValue::as_bytes);
    response.status() == StatusCode::SWITCHING_PROTOCOLS
        && (asked.zip(agreed))
            .is_some_and(|(asked, agreed)| agreed.eq_ignore_ascii_case(asked.as_bytes()))
}

/// Tells the client to which protocol its connection has changed, and the host how long it may
/// be idle. `None` is without a limit.
pub(super) fn confirm<B>(
    protocol: HeaderValue,
    idle: Option<Duration>,
    response: &mut Response<B>,
) {
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, UPGRADE);
    headers.insert(header::UPGRADE, protocol);
    if let Some(idle) = idle {
        response.extensions_mut().insert(UpgradeIdle(idle));
    }
}

/// Whether a list of tokens has this one.
fn names(headers: &HeaderMap, list: HeaderName, token: &str) -> bool {
    let values = headers.get_all(list).iter();
    let mut tokens = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tokens.any(|one| one.trim().eq_ignore_ascii_case(token))
}

fn is_protocol(name: &str) -> bool {
    let is_token =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'+' | b'/');
    let is_http = ["h2", "h3", "http", "tls"]
        .iter()
        .any(|of| name.starts_with(of));
    !name.is_empty() && name.bytes().all(is_token) && !is_http
}

const WEB_SOCKET: &str = "websocket";
const UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{AnyProtocol, Upgrades};

    fn route(upgrades: &[&str]) -> RouteConfig {
        RouteConfig {
            upgrades: upgrades.iter().map(|name| (*name).into()).collect(),
            ..RouteConfig::default()
        }
    }

    #[test]
    fn protocols_that_carry_requests_are_refused() {
        for name in [
            "h2c",
            "h2",
            "http/2.0",
            "tls/1.0",
            "WebSocket",
            "a b",
            "",
            "a,b",
            "ä",
        ] {
            let refused = parse(2, &route(&["websocket", name]), AnyProtocol::check);
            let refused = refused.expect_err(name).to_string();
            let key = "proxy.routes[2].upgrades[1] cannot be used: ";
            assert!(refused.starts_with(key), "{refused}");
        }
        let refused = parse(0, &route(&["tcp"]), |_| Err("it has no sockets"));
        let refused = refused.expect_err("unavailable").to_string();
        let wanted = "proxy.routes[0].upgrades[0] cannot be used on this host: it has no sockets";
        assert_eq!(refused, wanted);
    }

    #[test]
    fn what_every_server_reads_alike_is_asked_for() {
        let allowed = parse(0, &route(&["websocket", "tcp"]), AnyProtocol::check).expect("valid");
        let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let version = ("sec-websocket-version", "13");
        let upgrade = ("connection", "keep-alive, Upgrade");
        let web_socket = ("upgrade", "WebSocket");
        for (headers, wanted) in [
            (
                &[upgrade, web_socket, key, version][..],
                Ok(Some("websocket")),
            ),
            (&[upgrade, ("upgrade", "tcp")], Ok(Some("tcp"))),
            // Offers, which are ignored.
            (&[], Ok(None)),
            (&[web_socket, key, version], Ok(None)),
            (&[upgrade], Ok(None)),
            (&[upgrade, ("upgrade", "h2c")], Ok(None)),
            (&[upgrade, ("upgrade", "unknown/2")], Ok(None)),
            (
                &[upgrade, ("upgrade", "websocket, h2c"), key, version],
                Ok(None),
            ),
            (
                &[upgrade, web_socket, ("upgrade", "h2c"), key, version],
                Ok(None),
            ),
            // What would be read differently.
            (&[upgrade, web_socket, version], Err(())),
            (&[upgrade, web_socket, key], Err(())),
            (
                &[upgrade, web_socket, key, ("sec-websocket-version", "8")],
                Err(()),
            ),
            (
                &[upgrade, web_socket, key, version, ("content-length", "4")],
                Err(()),
            ),
            (
                &[
                    upgrade,
                    web_socket,
                    key,
                    version,
                    ("transfer-encoding", "chunked"),
                ],
                Err(()),
            ),
            (
                &[upgrade, ("upgrade", "tcp"), ("content-length", "4")],
                Err(()),
            ),
            (
                &[upgrade, web_socket, key, version, ("content-length", "0")],
                Ok(Some("websocket")),
            ),
        ] {
            let mut request = http::Request::get("/");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (mut head, ()) = request.body(()).expect("a request").into_parts();
            let read = |head: &Parts| {
                let asked = requested(head, false, &allowed);
                asked.map(|name| name.map(|name| name.to_str().expect("text").to_owned()))
            };
            let asked = read(&head).map_err(|_| ());
            assert_eq!(
                asked,
                wanted.map(|name| name.map(String::from)),
                "{headers:?}"
            );
            if wanted == Ok(Some("websocket")) {
                let off = requested(&head, false, &[]);
                assert!(matches!(off, Err(Failure::WebSocketOff)), "{off:?}");
                let with_body = requested(&head, true, &allowed);
                assert!(
                    matches!(with_body, Err(Failure::Handshake)),
                    "{with_body:?}"
                );
                head.method = Method::POST;
                assert!(
                    matches!(read(&head), Err(Failure::Handshake)),
                    "{headers:?}"
                );
                head.version = Version::HTTP_10;
                assert!(matches!(read(&head), Ok(None)), "{headers:?}");
            }
        }
    }

    #[test]
    fn another_protocol_than_the_one_asked_for_is_not_agreed() {
        let asked = HeaderValue::from_static("websocket");
        for (status, upgrade, agreed) in [
            (101, Some("WebSocket"), true),
            (101, Some("h2c"), false),
            (101, None, false),
            (200, Some("websocket"), false),
        ] {
            let mut response = Response::builder().status(status);
            if let Some(upgrade) = upgrade {
                response = response.header("upgrade", upgrade);
            }
            let response = response.body(()).expect("a response");
            assert_eq!(is_agreed(Some(&asked), &response), agreed, "{upgrade:?}");
            assert!(!is_agreed(None, &response));
        }
    }
}
