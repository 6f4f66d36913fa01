//! Decides which requests of the page carry `traceparent`, by parsed addresses.

use super::options::{InitError, Options};
use super::page::Page;

/// The address of a request, parsed by the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The whole address.
    pub(crate) href: String,
    /// Scheme, host and port, as the browser writes them.
    pub(crate) origin: String,
    /// The path, with its first slash.
    pub(crate) path: String,
    /// The host, without the brackets of IPv6.
    pub(crate) host: String,
    /// The port, the default one too.
    pub(crate) port: u16,
}

/// The receiver, and the places that may know the page's traces.
#[derive(Debug)]
pub(crate) struct Targets {
    /// Address of the receiver, up to and with `/v1/`.
    receiver: String,
    own: String,
    allowed: Vec<Place>,
    excluded: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    origin: String,
    /// Without a slash at the end.
    path: String,
}

impl Targets {
    /// Parses the addresses of the options.
    pub(crate) fn parse(options: &Options, page: &dyn Page) -> Result<Self, InitError> {
        let endpoint = (page.parse(&options.endpoint))
            .filter(|_| !options.endpoint.is_empty())
            .ok_or_else(|| InitError::Endpoint(options.endpoint.as_str().into()))?;
        let places = |list: &[String]| -> Result<Vec<Place>, InitError> {
            list.iter().map(|one| Place::parse(one, page)).collect()
        };
        Ok(Self {
            receiver: format!("{}{}/v1/", endpoint.origin, trimmed(&endpoint.path)),
            own: page.origin(),
            allowed: places(&options.trace_propagation_targets)?,
            excluded: places(&options.trace_propagation_exclusions)?,
        })
    }

    /// Where Bundles are posted, without the key.
    pub(crate) fn bundle(&self) -> String {
        format!("{}bundle", self.receiver)
    }

    /// Whether a request for the address is the page's own, and not one of telemetry.
    pub(crate) fn is_traced(&self, address: &Address) -> bool {
        let protocol = address.href.strip_prefix(self.receiver.as_str());
        let protocol = protocol.and_then(|rest| rest.split(['?', '#']).next());
        !protocol.is_some_and(|protocol| PROTOCOLS.contains(&protocol))
    }

    /// Whether a request for the address may carry `traceparent`.
    pub(crate) fn may_know(&self, address: &Address) -> bool {
        let any = |places: &[Place]| places.iter().any(|place| place.contains(address));
        (address.origin == self.own || any(&self.allowed)) && !any(&self.excluded)
    }
}

impl Place {
    fn parse(text: &str, page: &dyn Page) -> Result<Self, InitError> {
        // A relative address would be resolved to the page's own origin, whatever was meant.
        let is_absolute = text.starts_with("https://") || text.starts_with("http://");
        let address = is_absolute.then(|| page.parse(text)).flatten();
        let address = address.ok_or_else(|| InitError::Target(text.into()))?;
        Ok(Self {
            path: trimmed(&address.path).to_owned(),
            origin: address.origin,
        })
    }

    fn contains(&self, address: &Address) -> bool {
        self.origin == address.origin
            && (address.path.strip_prefix(self.path.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn trimmed(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

/// The last parts of the receiver's addresses, of the page's JavaScript too.
const PROTOCOLS: [&str; 4] = ["bundle", "facts", "logs", "traces"];
