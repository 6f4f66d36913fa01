//! IP addresses of both versions.

use crate::bytes::{Bytes, is_word};
use crate::kind::{Kind, Kinds};
use crate::scan::Match;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address of version 4 that begins here.
pub(super) fn ip_v4(bytes: Bytes<'_>, at: usize, kinds: Kinds) -> Option<Match> {
    if !(1..4).any(|width| bytes.at(at + width) == b'.') {
        return None;
    }
    let end = bytes.end_of(at, |byte| byte.is_ascii_digit() || byte == b'.');
    // A full stop of the sentence.
    let end = end - usize::from(bytes.before(end) == b'.');
    let text = core::str::from_utf8(bytes.range(at, end.min(at + 16))).ok()?;
    let address: Ipv4Addr = text.parse().ok()?;
    let before = bytes.before(at);
    let is_version = matches!(before, b'.' | b'-')
        || before == b'/' && bytes.before(at - 1).is_ascii_alphabetic()
        || bytes.ends_in_word(at, &["version", "ver", "release", "build", "rev", "v"]);
    let follows = is_word(bytes.at(end)) || bytes.at(end) == b'-' && is_word(bytes.at(end + 1));
    if is_version || follows {
        return None;
    }
    matched(bytes, at, end, address.into(), kinds)
}

/// The address of version 6 whose first colon is at a position.
pub(crate) fn ip_v6(bytes: Bytes<'_>, at: usize, floor: usize, kinds: Kinds) -> Option<Match> {
    if !(kinds.has(Kind::Ip) || kinds.has(Kind::HostIp)) {
        return None;
    }
    let mut start = at;
    while start > floor && at - start < 4 && bytes.before(start).is_ascii_hexdigit() {
        start -= 1;
    }
    let next = bytes.at(at + 1);
    if !(next.is_ascii_hexdigit() && start < at || next == b':')
        || start > 0 && (is_word(bytes.before(start)) || matches!(bytes.before(start), b':' | b'.'))
    {
        return None;
    }
    let end = bytes.end_of(start, |byte| {
        byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
    });
    let end = end
        - usize::from(matches!(bytes.before(end), b'.'))
        - usize::from(bytes.before(end) == b':' && bytes.before(end - 1) != b':');
    if is_word(bytes.at(end)) || end - start < 3 || end - start > 45 {
        return None;
    }
    let text = bytes.range(start, end);
    let address: Ipv6Addr = core::str::from_utf8(text).ok()?.parse().ok()?;
    // `add::bad` is a path of Rust, and eight pairs are a hardware address.
    let has_digit = text.iter().any(u8::is_ascii_digit);
    let is_pairs = text.len() == 23 && text.iter().skip(2).step_by(3).all(|byte| *byte == b':');
    if !has_digit || is_pairs {
        return None;
    }
    matched(bytes, start, end, address.into(), kinds)
}

fn matched(
    bytes: Bytes<'_>,
    start: usize,
    end: usize,
    address: IpAddr,
    kinds: Kinds,
) -> Option<Match> {
    let host = start - usize::from(bytes.before(start) == b'[');
    let is_host = bytes.before(host) == b'/' && bytes.before(host - 1) == b'/';
    let kind = if is_host || is_of_nobody(address) {
        Kind::HostIp
    } else {
        Kind::Ip
    };
    kinds.has(kind).then_some(Match { start, end, kind })
}

/// Whether an address is of no single client on the Internet.
fn is_of_nobody(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_of_nobody(v4.into()),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}
