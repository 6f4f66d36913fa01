//! The default rules: what is redacted unless a rule of the operator's says otherwise.

use super::plan::Place;
use throughline_scrub::{Kind, Kinds, Redaction};

/// The kinds that are redacted by default under a key.
///
/// Attributes of the semantic conventions that hold versions, ids and the addresses of a
/// service's own machines keep them: they are what an operator looks for, and look like
/// personal data.
pub(super) fn kinds(place: Place, key: &str) -> Kinds {
    let all = Kinds::SECRETS.and(Kinds::PERSONAL);
    if place == Place::Resource || place == Place::Scope {
        return Kinds::SECRETS.and(Kinds::of(Kind::Email));
    }
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

/// How matches of a kind are redacted by default.
pub(super) const fn redaction(kind: Kind) -> Redaction {
    match kind {
        Kind::Ip => Redaction::Mask,
        _ => Redaction::Standard,
    }
}

/// The address of the other end: the server's in a client's span, the client's in a server's.
pub(super) const PEER: &str = "network.peer.address";
/// The address of a client.
pub(super) const CLIENT: &str = "client.address";
/// The address of a server.
pub(super) const SERVER: &str = "server.address";

/// The name under which whole values with a secret's name are counted.
pub(super) const WHOLE: &str = "secret_name";

/// Addresses of servers. `client.address` and `source.address` are none of them.
const OF_SERVERS: [&str; 9] = [
    SERVER,
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
