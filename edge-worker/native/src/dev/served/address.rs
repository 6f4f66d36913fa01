//! Addresses of servers of this machine.

use crate::relative::resolve;
use http::Uri;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use throughline_edge::config::REDACTED;

/// An address of HTTP whose server is reached by loopback alone.
///
/// Names are not looked up: `localhost` is this machine, whatever a resolver says of it, and any
/// other name is none (<https://www.rfc-editor.org/rfc/rfc6761#section-6.3>). So no address leads
/// off this machine, and neither does one that changes its meaning later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalAddress {
    text: String,
    uri: Uri,
}

impl LocalAddress {
    /// Reads an address; `None` where it is of another machine, or not of HTTP without TLS.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let address = Self {
            text: text.to_owned(),
            uri,
        };
        let is_http = address.uri.scheme_str() == Some("http");
        let authority = address.uri.authority()?;
        let has_user = authority.as_str().contains('@');
        (is_http && !has_user && !address.sockets().is_empty()).then_some(address)
    }

    /// The same address as it is asked for: the edge redacts the values of queries, and a server
    /// of development has its files without them, too.
    pub(super) fn without_redacted(self) -> Self {
        let is_redacted = self
            .uri
            .query()
            .is_some_and(|query| query.contains(REDACTED));
        let path = is_redacted.then(|| self.text.split('?').next().and_then(Self::parse));
        path.flatten().unwrap_or(self)
    }

    /// An address relative to this one, on the same terms.
    pub(super) fn join(&self, reference: &str) -> Option<Self> {
        Self::parse(&resolve(reference, &self.text)?)
    }

    /// Where to connect, in this order.
    pub(super) fn sockets(&self) -> Vec<SocketAddr> {
        let port = self.uri.port_u16().unwrap_or(80);
        let host = self.uri.host().unwrap_or_default().to_ascii_lowercase();
        let hosts = if host == "localhost" || host.ends_with(".localhost") {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let host = host.parse().ok().map(|host: IpAddr| host.to_canonical());
            host.filter(IpAddr::is_loopback).into_iter().collect()
        };
        (hosts.into_iter())
            .map(|host| SocketAddr::new(host, port))
            .collect()
    }

    /// The value of `Host`.
    pub(super) fn authority(&self) -> &str {
        self.uri
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    /// Path and query.
    pub(super) fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Bytes of an address that is read.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached() {
        for (text, sockets) in [
            (
                "http://localhost:5173/src/a.ts?t=1",
                &["127.0.0.1:5173", "[::1]:5173"][..],
            ),
            ("http://shop.LOCALHOST/a.js", &["127.0.0.1:80", "[::1]:80"]),
            ("http://127.0.0.1:8000/a.js", &["127.0.0.1:8000"]),
            ("http://127.9.9.9:1/a.js", &["127.9.9.9:1"]),
            ("http://[::1]:3000/a.js", &["[::1]:3000"]),
            ("http://[::ffff:127.0.0.1]:3000/a.js", &["127.0.0.1:3000"]),
        ] {
            let address = LocalAddress::parse(text).expect(text);
            let found: Vec<String> = address.sockets().iter().map(ToString::to_string).collect();
            assert_eq!(found, sockets, "{text}");
        }
        for text in [
            "http://shop.example/a.js",
            "http://localhost.evil.example/a.js",
            "http://127.0.0.1.evil.example/a.js",
            "http://localhost@evil.example/a.js",
            "http://user:word@localhost/a.js",
            "http://evil.example#@localhost/",
            "http://10.0.0.1/a.js",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/a.js",
            "http://[::]/a.js",
            "http://[::ffff:10.0.0.1]/a.js",
            "http://127.1/a.js",
            "http://2130706433/a.js",
            "http://0x7f.0.0.1/a.js",
            "https://localhost/a.js",
            "file:///etc/passwd",
            "webpack-internal:///./a.js",
            "//localhost/a.js",
            "/a.js",
            "",
        ] {
            assert_eq!(LocalAddress::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_script_names_is_on_the_same_terms() {
        let script = LocalAddress::parse("http://localhost:5173/src/a.ts?v=1").expect("local");
        for (reference, expected) in [
            ("a.ts.map", Some("http://localhost:5173/src/a.ts.map")),
            (
                "/maps/a.map?x=1",
                Some("http://localhost:5173/maps/a.map?x=1"),
            ),
            ("../a.map", Some("http://localhost:5173/a.map")),
            ("http://127.0.0.1:9/a.map", Some("http://127.0.0.1:9/a.map")),
            ("//[::1]:9/a.map", Some("http://[::1]:9/a.map")),
            ("http://evil.example/a.map", None),
            ("//evil.example/a.map", None),
            ("https://localhost/a.map", None),
            ("file:///etc/passwd", None),
        ] {
            let joined = script.join(reference).map(|joined| joined.to_string());
            assert_eq!(joined.as_deref(), expected, "{reference}");
        }
    }

    #[test]
    fn what_is_redacted_is_not_asked_for() {
        for (text, path) in [
            ("http://localhost/a.js?v=REDACTED", "/a.js"),
            ("http://localhost/a.js?import&v=REDACTED", "/a.js"),
            ("http://localhost/a.js?v=1", "/a.js?v=1"),
            ("http://localhost/a.js", "/a.js"),
        ] {
            let address = LocalAddress::parse(text).expect("local");
            assert_eq!(address.without_redacted().path(), path);
        }
    }

    #[test]
    fn any_text_leads_to_loopback_or_nowhere() {
        // Every authority of these parts, in any order.
        let parts = [
            "localhost",
            "127.0.0.1",
            "evil.example",
            "@",
            ":",
            "/",
            "#",
            "?",
            "[::1]",
            "\\",
            "%2e",
        ];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            let longer = texts
                .iter()
                .flat_map(|text| parts.map(|part| format!("{text}{part}")));
            texts = longer.collect();
            for text in &texts {
                if let Some(address) = LocalAddress::parse(&format!("http://{text}")) {
                    let sockets = address.sockets();
                    assert!(!sockets.is_empty(), "{text}");
                    assert!(
                        sockets.iter().all(|socket| socket.ip().is_loopback()),
                        "{text}"
                    );
                }
            }
        }
    }
}
