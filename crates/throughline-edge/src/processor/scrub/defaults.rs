//! The default rules: what is redacted unless a rule of the operator's says otherwise.

use super::plan::Place;
use throughline_scrub::{DEFAULT_KINDS_OF_RESOURCE, Kinds, default_kinds};

/// The kinds that are redacted by default under a key.
pub(super) fn kinds(place: Place, key: &str) -> Kinds {
    match place {
        Place::Resource | Place::Scope => DEFAULT_KINDS_OF_RESOURCE,
        _ => default_kinds(key),
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
