//! The default rules: what is redacted under which key, and how, unless an operator says otherwise.
//! The same at the edge and in a page that redacts itself.

use crate::kind::{Kind, Kinds};
use crate::redaction::{Redaction, redact};
use alloc::vec::Vec;

/// The kinds that are redacted by default in the values of a record under a key; `""` where there
/// is none.
///
/// Attributes of the semantic conventions that hold versions, ids and the addresses of a
/// service's own machines keep them: they are what an operator looks for, and look like
/// personal data.
pub fn default_kinds(key: &str) -> Kinds {
    let all = Kinds::SECRETS.and(Kinds::PERSONAL);
    if OF_SERVERS.contains(&key) || OF_SERVERS_BELOW.iter().any(|start| key.starts_with(start)) {
        return all.without(Kinds::of(Kind::Ip));
    }
    if key == "user_agent.original" || key == "http.request.header.user-agent" {
        return Kinds::SECRETS;
    }
    let last = key.rsplit(['.', '_']).next().unwrap_or(key);
    match last {
        "version" => Kinds::SECRETS,
        "id" | "uuid" if !OF_PERSONS.contains(&key) => all.without(NUMBERS),
        _ => all,
    }
}

/// The kinds that are redacted by default in what describes a resource or a scope.
pub const DEFAULT_KINDS_OF_RESOURCE: Kinds = Kinds::SECRETS.and(Kinds::of(Kind::Email));

/// Whether the values under a key are the query or the fragment of an address alone.
pub fn is_query(key: &str) -> bool {
    QUERIES.contains(&key)
}

/// How matches of a kind are redacted by default.
pub const fn default_redaction(kind: Kind) -> Redaction {
    match kind {
        Kind::Ip => Redaction::Mask,
        _ => Redaction::Standard,
    }
}

/// Redacts what is of these kinds in a UTF-8 text by default; `None` when nothing changes.
///
/// ```
/// use throughline_scrub::{default_kinds, redact_by_default};
///
/// let redacted = redact_by_default(b"no account for ada@shop.example", default_kinds(""));
/// assert_eq!(redacted.as_deref(), Some(&b"no account for REDACTED"[..]));
/// ```
pub fn redact_by_default(text: &[u8], kinds: Kinds) -> Option<Vec<u8>> {
    let redaction = |kind| match default_redaction(kind) {
        Redaction::Mask => &Redaction::Mask,
        _ => &Redaction::Standard,
    };
    redact(text, kinds, |found| redaction(found.kind), |_| {})
}

/// Addresses of servers. `client.address` and `source.address` are none of them.
const OF_SERVERS: [&str; 9] = [
    "server.address",
    "server.socket.address",
    "destination.address",
    "network.local.address",
    "net.host.ip",
    "net.host.name",
    "net.peer.ip",
    "net.peer.name",
    "dns.answers",
];

const OF_SERVERS_BELOW: [&str; 3] = ["host.", "k8s.", "cloud."];

/// Ids that may be the person's number.
const OF_PERSONS: [&str; 3] = ["user.id", "enduser.id", "client.id"];

/// Kinds that an id may look like.
const NUMBERS: Kinds = Kinds::of(Kind::Card)
    .and(Kinds::of(Kind::Ssn))
    .and(Kinds::of(Kind::Phone))
    .and(Kinds::of(Kind::Iban));

/// Attributes whose values are the query or the fragment of an address alone.
const QUERIES: [&str; 4] = ["url.query", "url.fragment", "http.query", "http.fragment"];
