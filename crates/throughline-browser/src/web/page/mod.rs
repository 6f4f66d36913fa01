//! The page as the client sees it: clocks, randomness, address, storage, and requests.

mod browser;
mod facts;
#[cfg(test)]
pub(crate) mod fake;
mod listen;
pub(crate) mod script;

use super::delivery::Attempt;
use super::targets::Address;
use opentelemetry::trace::SpanContext;
use serde::Deserialize;

pub(crate) use browser::{BrowserPage, get};
pub(crate) use facts::{Fact, header};
pub(crate) use listen::{record_load, start as listen};

/// A page. Nothing of it runs code of the page while the client is borrowed, but
/// [`Page::post`] and [`Page::script_span`], which are called without.
pub(crate) trait Page {
    /// The page's clocks.
    fn clock(&self) -> Clock;
    /// Fills bytes with random ones.
    fn random(&self, bytes: &mut [u8]);
    /// The page's own origin.
    fn origin(&self) -> String;
    /// The address of the document.
    fn address(&self) -> String;
    /// Parses an address, against that of the document; `None` for what is no HTTP.
    fn parse(&self, address: &str) -> Option<Address>;
    /// The session that the tab has stored.
    fn stored_session(&self) -> Option<String>;
    /// Stores the tab's session; does nothing where the page may not.
    fn store_session(&self, session: &str);
    /// The browser, as it describes itself.
    fn browser(&self) -> Browser;
    /// Whether the browser asks not to be followed: <https://www.w3.org/TR/gpc/>.
    fn is_not_to_be_followed(&self) -> bool;
    /// Whether it is in a frame, or of a browser extension.
    fn is_embedded(&self) -> bool;
    /// The timing of the document's load.
    fn navigation(&self) -> Option<Navigation>;
    /// The content of `<meta name="traceparent">`.
    fn meta_traceparent(&self) -> Option<String>;
    /// Whether the page has the client of the JavaScript package too.
    fn has_script(&self) -> bool;
    /// The session that the JavaScript package is in.
    fn script_session(&self) -> Option<String>;
    /// The span that is open for the JavaScript package: the interaction, or the document's load.
    fn script_span(&self) -> Option<SpanContext>;
    /// Posts a body; calls [`settled`](super::client::settled) at the end.
    fn post(&self, address: &str, attempt: Attempt);
    /// Calls [`woken`](super::client::woken) after a time in ms, and not at the time before.
    fn wake_in(&self, ms: u32);
}

/// Whether pages of an origin are those of a browser extension: `chrome-extension:`, `moz-extension:` and the
/// like are no pages of a site.
pub(crate) fn is_of_extension(origin: &str) -> bool {
    let (scheme, _) = origin.split_once(':').unwrap_or((origin, ""));
    scheme.contains("-ext")
}

/// The page's clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The wall clock at the page's time origin, µs since the Unix epoch.
    pub(crate) origin: u64,
    /// µs since the page's time origin.
    pub(crate) elapsed: u64,
}

impl Clock {
    /// ms since the page's time origin.
    pub(crate) const fn ms(self) -> u64 {
        self.elapsed / 1000
    }

    /// µs since the Unix epoch.
    pub(crate) const fn unix_micros(self) -> u64 {
        self.origin + self.elapsed
    }
}

/// The browser, as it describes itself: an empty text is nothing.
#[derive(Debug, Default, Clone)]
pub(crate) struct Browser {
    /// `navigator.userAgent`
    pub(crate) user_agent: String,
    /// `navigator.language`
    pub(crate) language: String,
    /// `navigator.userAgentData`, which Chromium alone has.
    pub(crate) hints: Option<ClientHints>,
    /// `navigator.webdriver`: whether a program drives the browser.
    pub(crate) is_driven: bool,
}

/// <https://wicg.github.io/ua-client-hints/#navigatoruadata>
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct ClientHints {
    pub(crate) brands: Vec<Brand>,
    pub(crate) mobile: bool,
    pub(crate) platform: String,
}

/// A brand of the browser with its version.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Brand {
    pub(crate) brand: String,
    pub(crate) version: String,
}

/// The timing of the document's load, ms since the page's time origin.
/// <https://www.w3.org/TR/navigation-timing-2/>
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Navigation {
    pub(crate) fetch_start: f64,
    pub(crate) domain_lookup_start: f64,
    pub(crate) domain_lookup_end: f64,
    pub(crate) connect_start: f64,
    pub(crate) secure_connection_start: f64,
    pub(crate) connect_end: f64,
    pub(crate) request_start: f64,
    pub(crate) response_start: f64,
    pub(crate) response_end: f64,
    pub(crate) load_event_end: f64,
    pub(crate) encoded_body_size: f64,
    /// Bytes that came over the network, the head too; absent where the browser has no sizes.
    pub(crate) transfer_size: Option<f64>,
    pub(crate) next_hop_protocol: String,
    pub(crate) delivery_type: String,
    pub(crate) server_timing: Vec<ServerTiming>,
}

impl Navigation {
    /// Whether the document came from a cache: less has been transferred than its body has, or
    /// nothing, over no protocol, where the size of the body is not told (WebKit).
    pub(crate) fn is_cached(&self) -> bool {
        let body = if self.encoded_body_size > 0.0 {
            self.encoded_body_size
        } else {
            f64::from(u8::from(self.next_hop_protocol.is_empty()))
        };
        self.delivery_type == "cache" || self.transfer_size.is_some_and(|size| size < body)
    }
}

/// An entry of the header `Server-Timing`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct ServerTiming {
    pub(crate) name: String,
    pub(crate) description: String,
}
