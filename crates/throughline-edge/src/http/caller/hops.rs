//! Hops: the proxies before the peer, as `X-Forwarded-*` and `Forwarded` list them.

use core::net::IpAddr;
use http::header::{self, HeaderMap, HeaderName};
use http::uri::{Authority, Scheme};

/// One proxy and what it says of its peer: an element of `Forwarded`, or a position in the lists of
/// `X-Forwarded-*`.
#[derive(Debug, Default)]
pub(super) struct Hop {
    pub(super) node: Option<String>,
    pub(super) scheme: Option<Scheme>,
    pub(super) authority: Option<Authority>,
}

/// The hops of `X-Forwarded-For`, `-Proto` and `-Host`, the client first; `None` without any.
pub(super) fn x_forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let nodes = list(headers, &X_FORWARDED_FOR);
    let schemes = list(headers, &X_FORWARDED_PROTO);
    let hosts = list(headers, &X_FORWARDED_HOST);
    let length = nodes.len().max(schemes.len()).max(hosts.len());
    if length == 0 {
        return None;
    }
    // A proxy appends to the first list, and replaces the others, as a rule: then their
    // one value holds for every position.
    let of = |list: &[String], position: usize| {
        let from_end = length - 1 - position;
        let at = list.len().saturating_sub(1 + from_end);
        list.get(at).cloned()
    };
    let hop = |position: usize| Hop {
        node: position
            .checked_sub(length - nodes.len())
            .and_then(|at| nodes.get(at).cloned()),
        scheme: of(&schemes, position).and_then(|scheme| parse_scheme(&scheme)),
        authority: of(&hosts, position).and_then(|host| parse_authority(&host)),
    };
    Some((0..length).map(hop).collect())
}

/// The elements of `Forwarded`, the client's first. Elements that cannot be read end the
/// list towards the client: nothing before them is certain.
pub(super) fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let mut hops = Vec::new();
    for value in headers.get_all(header::FORWARDED) {
        let value = String::from_utf8_lossy(value.as_bytes());
        for element in split_unquoted(&value, ',') {
            let mut hop = Hop::default();
            for pair in split_unquoted(element, ';') {
                let Some((name, value)) = pair.split_once('=') else {
                    hops.clear();
                    continue;
                };
                let value = unquoted(value.trim());
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => hop.node = Some(value),
                    "proto" => hop.scheme = parse_scheme(&value),
                    "host" => hop.authority = parse_authority(&value),
                    _ => {}
                }
            }
            hops.push(hop);
        }
    }
    hops
}

/// The values of a list header, over all its lines.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    lines
        .flat_map(|line| {
            let line = String::from_utf8_lossy(line.as_bytes()).into_owned();
            let values = line.split(',').map(|value| value.trim().to_owned());
            values.filter(|value| !value.is_empty()).collect::<Vec<_>>()
        })
        .collect()
}

fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => {
                parts.push(text[begin..at].trim());
                begin = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace('\\', ""))
}

/// The address of a node, whose port may follow: `203.0.113.7:4711`, `[2001:db8::1]`.
pub(crate) fn address(node: &str) -> Option<IpAddr> {
    let bracketed = node
        .strip_prefix('[')
        .and_then(|node| node.split(']').next());
    let address = match bracketed {
        Some(address) => address.parse().ok(),
        None => (node.parse().ok()).or_else(|| node.split_once(':')?.0.parse().ok()),
    };
    address.map(|address: IpAddr| address.to_canonical())
}

fn parse_scheme(text: &str) -> Option<Scheme> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(Scheme::HTTPS),
        "http" | "ws" => Some(Scheme::HTTP),
        _ => None,
    }
}

fn parse_authority(text: &str) -> Option<Authority> {
    let authority: Authority = text.parse().ok()?;
    (!authority.as_str().contains('@')).then_some(authority)
}

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
