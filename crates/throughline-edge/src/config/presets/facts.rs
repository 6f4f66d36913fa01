//! The form of the facts of a preset.

/// The facts of one kind of backend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// The name in the configuration.
    pub(super) name: &'static str,
    /// The name in messages.
    pub(super) title: &'static str,
    /// Where it is.
    pub(super) address: Address,
    /// How an address of the operator's must end, where it is not that of the preset; empty for any.
    pub(super) ends: &'static str,
    /// Ends of addresses that cannot be right, and what is to be written in place of them.
    pub(super) wrong: &'static [(&'static str, &'static str)],
    /// The keys that the operator has to give.
    pub(super) parameters: &'static [Parameter],
    /// Keys that the operator may give.
    pub(super) optional: &'static [&'static str],
    /// Headers of its requests.
    pub(super) headers: &'static [Header],
    /// The service of AWS for which requests are signed; empty where they are not.
    pub(super) service: &'static str,
    /// Keys of the backend with the values that it takes, the first of which is the preset's. Of
    /// `signals` all are.
    pub(super) takes: &'static [(&'static str, &'static [&'static str])],
    /// Keys of the backend with the largest number that it takes.
    pub(super) limits: &'static [(&'static str, u64)],
    /// Whether it takes log records with an event's name and does not store the name.
    pub(super) drops_event_name: bool,
    /// Statuses with which it refuses a request for some of its records, besides the usual ones.
    pub(super) refuses_with: &'static [u16],
}

/// Where a backend is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Address {
    /// At the operator's own `url`, with this path between it and `/v1/traces` and so on.
    Own {
        path: &'static str,
        wanted: &'static str,
    },
    /// At an address with keys of the operator's in it, such as `{region}`.
    At(&'static str),
    /// At an address for each `region`.
    Regions(&'static [(&'static str, &'static str)]),
}

/// A key that the operator has to give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// Its value, for messages.
    pub(super) wanted: &'static str,
    /// The values that there are; empty for any.
    pub(super) one_of: &'static [&'static str],
}

/// A header of requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) name: &'static str,
    /// The signal whose requests have it; empty for all.
    pub(super) signal: &'static str,
    /// Its value, with keys of the operator's in it, such as `{key}`.
    pub(super) value: &'static str,
}

impl Header {
    /// Whether its value is no secret.
    pub(super) fn is_plain(&self) -> bool {
        !["{key}", "{basic}", "{dsn_key}"]
            .iter()
            .any(|secret| self.value.contains(secret))
    }
}
