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

#[cfg(test)]
mod tests {
    use super::super::page::fake::{FakePage, options};
    use super::*;

    fn targets(allowed: &[&str], excluded: &[&str]) -> Result<Targets, InitError> {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        let options = Options {
            trace_propagation_targets: owned(allowed),
            trace_propagation_exclusions: owned(excluded),
            ..options()
        };
        Targets::parse(&options, &FakePage::default())
    }

    #[test]
    fn the_pages_own_origin_and_targets_may_know_the_trace_and_no_others() {
        let allowed = ["https://api.example/", "https://other.example/v1"];
        let targets = targets(&allowed, &["https://shop.example/go"]).expect("targets");
        let page = FakePage::default();
        for (address, expected) in [
            ("/api/orders", true),
            ("https://shop.example/gopher", true),
            ("https://shop.example/go", false),
            ("https://shop.example/go/away?x", false),
            ("https://api.example/orders?page=2", true),
            ("https://api.example.evil.example/orders", false),
            ("https://api.example@evil.example/orders", false),
            ("https://evil.example/https://api.example/", false),
            ("https://evil.example/?https://api.example", false),
            ("http://api.example/orders", false),
            ("https://api.example:8443/orders", false),
            ("https://other.example/v1", true),
            ("https://other.example/v1/orders", true),
            ("https://other.example/v10", false),
            ("https://other.example/", false),
        ] {
            let address = page.parse(address).expect(address);
            assert_eq!(targets.may_know(&address), expected, "{address:?}");
        }
    }

    #[test]
    fn requests_of_telemetry_are_not_traced_and_all_others_are() {
        let targets = targets(&[], &[]).expect("targets");
        let page = FakePage::default();
        for (address, expected) in [
            ("/_t/v1/bundle?key=pk", false),
            ("/_t/v1/facts", false),
            ("/_t/v1/orders", true),
            ("/_t/v1/bundles", true),
            ("/api/_t/v1/bundle", true),
        ] {
            let address = page.parse(address).expect(address);
            assert_eq!(targets.is_traced(&address), expected, "{address:?}");
        }
        assert_eq!(targets.bundle(), "https://shop.example/_t/v1/bundle");
    }

    #[test]
    fn a_mistake_is_refused_with_what_was_expected() {
        for target in ["api.example", "/api", "ftp://api.example", "https://", ""] {
            let error = targets(&[target], &[]).expect_err(target);
            assert_eq!(error, InitError::Target(target.into()));
            assert!(error.to_string().contains("https://api.example.com"));
        }
        for endpoint in ["", "data://x"] {
            let options = Options {
                endpoint: endpoint.to_owned(),
                ..options()
            };
            let error = Targets::parse(&options, &FakePage::default()).expect_err(endpoint);
            assert_eq!(error, InitError::Endpoint(endpoint.into()));
        }
    }
}
