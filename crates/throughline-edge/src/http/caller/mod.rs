//! The caller of a request: its client, and the address that the client asked for.
//!
//! A proxy in front of the edge connects in place of the client and ends its TLS. What it
//! says of both in `Forwarded` (<https://www.rfc-editor.org/rfc/rfc7239>) and `X-Forwarded-*`
//! is believed only when the operator trusts that proxy: any client can
//! send these headers.

mod hops;
mod network;

use crate::config::ConfigError;
use crate::host::ClientAddress;
use core::net::IpAddr;
use hops::{forwarded, x_forwarded};
use http::header::{self, HeaderMap};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use network::Network;

pub(crate) use hops::{X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO, address};

/// The caller of a request, as far as it is known and believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The address that connected to the edge: the client's, or a proxy's.
    pub(crate) peer: Option<IpAddr>,
    /// The address of the client.
    pub(crate) client: Option<IpAddr>,
    /// The scheme that the client addressed.
    pub(crate) scheme: Scheme,
    /// The host and port that the client addressed.
    pub(crate) authority: Option<Authority>,
    /// Where the peer is trusted: the addresses before it, as they were written, the
    /// client's first.
    pub(crate) before_peer: Option<Vec<String>>,
}

/// The proxies whose word on their clients is believed.
#[derive(Debug, Default)]
pub(crate) struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads `trusted_proxies`.
    ///
    /// # Errors
    /// [`ConfigError`] names the entry that is wrong; the operator is at fault.
    pub(crate) fn parse(entries: &[String]) -> Result<Self, ConfigError> {
        let mut networks = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry == "private" {
                networks.extend(PRIVATE.iter().filter_map(|network| Network::parse(network)));
                continue;
            }
            networks.push(Network::parse(entry).ok_or_else(|| ConfigError::Invalid {
                key: format!("trusted_proxies[{index}]").into(),
                wanted: WANTED,
            })?);
        }
        Ok(Self(networks))
    }

    /// The caller of a request.
    pub(crate) fn caller(&self, head: &Parts) -> Caller {
        let peer = head.extensions.get::<ClientAddress>();
        // A client of IPv4 on a socket of both is `::ffff:203.0.113.7` to the system.
        let peer = peer.map(|ClientAddress(address)| address.to_canonical());
        let host = || Authority::try_from(head.headers.get(header::HOST)?.as_bytes()).ok();
        let mut caller = Caller {
            peer,
            client: peer,
            scheme: head.uri.scheme().unwrap_or(&Scheme::HTTP).clone(),
            authority: head.uri.authority().cloned().or_else(host),
            before_peer: None,
        };
        if let Some(peer) = peer
            && self.trusts(peer)
        {
            self.believe(&head.headers, &mut caller);
        }
        caller
    }

    /// Takes over what a trusted peer says. Where it sends both kinds of headers,
    /// `X-Forwarded-*` count: nearly every proxy writes those, and hands on a `Forwarded`
    /// that its client made up.
    fn believe(&self, headers: &HeaderMap, caller: &mut Caller) {
        let hops = x_forwarded(headers).unwrap_or_else(|| forwarded(headers));
        // From the peer backwards: what a trusted proxy says of the one before it.
        for hop in hops.iter().rev() {
            if let Some(scheme) = &hop.scheme {
                caller.scheme = scheme.clone();
            }
            if let Some(authority) = &hop.authority {
                caller.authority = Some(authority.clone());
            }
            let Some(node) = &hop.node else {
                break;
            };
            // `unknown` and `_hidden` are allowed and have no address.
            caller.client = address(node);
            if !caller.client.is_some_and(|client| self.trusts(client)) {
                break;
            }
        }
        let nodes = hops.into_iter().filter_map(|hop| hop.node);
        caller.before_peer = Some(nodes.collect());
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// The networks that `private` stands for: no address of the internet is in them.
const PRIVATE: [&str; 6] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "::1/128",
    "fc00::/7",
];
/// The form that an entry of `trusted_proxies` should have.
const WANTED: &str = "an address such as 192.0.2.1, a network such as 10.0.0.0/8, or private for all private networks";

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(peer: &str, headers: &[(&'static str, &str)]) -> Caller {
        let trusted = ["private", "203.0.113.0/24", "2001:db8::1"].map(String::from);
        let trusted = TrustedProxies::parse(&trusted).expect("valid");
        let mut request = http::Request::get("http://edge.test:8080/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(()).expect("a request").into_parts();
        if let Ok(peer) = peer.parse() {
            head.extensions.insert(ClientAddress(peer));
        }
        trusted.caller(&head)
    }

    fn seen(caller: &Caller) -> String {
        let client = caller
            .client
            .map_or("none".into(), |client| client.to_string());
        let authority = caller.authority.as_ref().map_or("", Authority::as_str);
        format!("{client} {}://{authority}", caller.scheme)
    }

    #[test]
    fn what_a_trusted_proxy_says_is_believed() {
        let own = "http://edge.test:8080";
        for (peer, headers, wanted) in [
            ("10.1.2.3", &[][..], format!("10.1.2.3 {own}")),
            (
                "10.1.2.3",
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "shop.example"),
                ],
                "198.51.100.7 https://shop.example".into(),
            ),
            // The claim of the client itself stands before what the first proxy saw.
            (
                "10.1.2.3",
                &[
                    ("x-forwarded-for", "192.0.2.66, 198.51.100.7"),
                    ("x-forwarded-for", "203.0.113.9"),
                    ("x-forwarded-proto", "https"),
                ],
                "198.51.100.7 https://edge.test:8080".into(),
            ),
            // Every proxy appends to every list.
            (
                "10.1.2.3",
                &[
                    ("x-forwarded-for", "192.0.2.66, 198.51.100.7, 203.0.113.9"),
                    ("x-forwarded-proto", "http, https, http"),
                    ("x-forwarded-host", "evil.example, shop.example, inner"),
                ],
                "198.51.100.7 https://shop.example".into(),
            ),
            // A request of another private service.
            (
                "10.1.2.3",
                &[("x-forwarded-for", "10.9.9.9")],
                format!("10.9.9.9 {own}"),
            ),
            (
                "::ffff:10.1.2.3",
                &[("x-forwarded-for", "[2001:db8::7]:4711")],
                format!("2001:db8::7 {own}"),
            ),
            (
                "10.1.2.3",
                &[("x-forwarded-for", "unknown")],
                format!("none {own}"),
            ),
            (
                "10.1.2.3",
                &[("x-forwarded-proto", "https")],
                "10.1.2.3 https://edge.test:8080".into(),
            ),
            (
                "10.1.2.3",
                &[("x-forwarded-proto", "gopher"), ("x-forwarded-host", "a@b")],
                format!("10.1.2.3 {own}"),
            ),
            (
                "2001:db8::1",
                &[(
                    "forwarded",
                    r#"for=192.0.2.66, For="[2001:db8:cafe::17]:4711";Proto=https;host="shop.example:8443", for=203.0.113.43"#,
                )],
                "2001:db8:cafe::17 https://shop.example:8443".into(),
            ),
            // Both: the second was made up by the client, and handed on.
            (
                "10.1.2.3",
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("x-forwarded-proto", "https"),
                    ("forwarded", "for=192.0.2.66;proto=http;host=evil.example"),
                ],
                "198.51.100.7 https://edge.test:8080".into(),
            ),
        ] {
            assert_eq!(seen(&caller(peer, headers)), wanted, "{peer} {headers:?}");
        }
    }

    #[test]
    fn what_anybody_else_says_is_not() {
        for peer in ["198.51.100.7", "::ffff:198.51.100.7", "2001:db8::2", ""] {
            let caller = caller(
                peer,
                &[
                    ("x-forwarded-for", "192.0.2.66"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "evil.example"),
                    ("forwarded", "for=192.0.2.66;proto=https;host=evil.example"),
                ],
            );
            let own = peer.trim_start_matches("::ffff:");
            let own = if own.is_empty() { "none" } else { own };
            assert_eq!(seen(&caller), format!("{own} http://edge.test:8080"));
            assert_eq!(caller.before_peer, None);
        }
    }

    #[test]
    fn an_entry_that_is_no_network_is_refused() {
        for entry in [
            "10.0.0.0/33",
            "::/129",
            "proxy.example",
            "",
            "10.0.0",
            "10.0.0.0/",
            "Private",
        ] {
            let refused = TrustedProxies::parse(&["private".into(), entry.into()]);
            let refused = refused.expect_err(entry).to_string();
            assert!(
                refused.starts_with("trusted_proxies[1] cannot be used"),
                "{refused}"
            );
        }
        let all = Network::parse("0.0.0.0/0").expect("valid");
        assert!(all.contains([198, 51, 100, 7].into()));
    }

    proptest::proptest! {
        #[test]
        fn any_headers_are_read(values: Vec<(u8, String)>) {
            let names = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
            let mut headers = HeaderMap::new();
            for (name, value) in values {
                if let Ok(value) = http::HeaderValue::from_str(&value) {
                    headers.append(names[usize::from(name) % 4], value);
                }
            }
            let (mut head, ()) = http::Request::new(()).into_parts();
            head.headers = headers;
            head.extensions.insert(ClientAddress([127, 0, 0, 1].into()));
            let trusted = TrustedProxies::parse(&["0.0.0.0/0".into(), "::/0".into()]);
            let _ = trusted.expect("valid").caller(&head);
        }
    }
}
