//! The browser of a page as the page's request describes it, for the resource that the page sent.
//!
//! The address of the client is not in it, and nothing that the page says is overwritten.

mod device;
mod hints;
mod location;
pub(super) mod synthetic;
mod user_agent;

pub(in crate::processor) use device::{device_class, known_device_class};
pub(super) use location::LocationHeaders;
pub(crate) use synthetic::Synthetic;

use super::settings::Settings;
use crate::http::caller::Caller;
use hints::Hints;
use http::header::{self, HeaderMap};
use http::request::Parts;
use location::Location;
use throughline_otlp::attribute::{self, attributes};
use throughline_otlp::field::resource;
use throughline_otlp::rewrite::Message;
use throughline_semconv as semconv;
use user_agent::{Product, UserAgent};

/// A browser, as far as a request of one of its pages tells.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Browser {
    original: Option<String>,
    product: Option<Product>,
    system: Option<Product>,
    hints: Hints,
    device: Option<&'static str>,
    synthetic: Option<Synthetic>,
    location: Location,
}

impl Browser {
    /// Reads the head of a page's request.
    pub(crate) fn read(settings: &Settings, head: &Parts, caller: &Caller) -> Self {
        let mut browser = Self::default();
        let original = header(&head.headers, header::USER_AGENT.as_str());
        if settings.marks_bots {
            browser.synthetic = original.as_deref().and_then(Synthetic::of);
        }
        browser.location = Location::read(settings, head, caller);
        if settings.browser {
            let user_agent = UserAgent::parse(original.as_deref().unwrap_or_default());
            browser.hints = Hints::read(&head.headers);
            browser.device = device_class(browser.hints.is_mobile, original.as_deref());
            browser.product = browser.hints.product().or(user_agent.product);
            browser.system = browser.hints.system().or(user_agent.system);
            browser.original = original;
        }
        browser
    }

    /// Whether no person uses it, and which kind of program does.
    pub(crate) const fn synthetic(&self) -> Option<Synthetic> {
        self.synthetic
    }

    /// Appends what the resource does not say.
    pub(super) fn describe(&self, resource: &mut Message<'_>) {
        if self.synthetic == Some(Synthetic::Test) {
            synthetic::forget_bot(resource);
        }
        let says = |key: &str| {
            let mut said = attributes(resource.bytes(), resource::ATTRIBUTES);
            said.any(|attribute| attribute.key == key)
        };
        let Location {
            continent,
            country,
            region,
            city,
            timezone,
            as_number,
            as_organization,
        } = &self.location;
        // A version belongs to its name, and an organization to its number.
        let product = (self.product.as_ref()).filter(|_| !says(semconv::USER_AGENT_NAME));
        let system = self.system.as_ref().filter(|_| !says(semconv::OS_NAME));
        let (name, version) = product.map(Product::parts).unzip();
        let (os, os_version) = system.map(Product::parts).unzip();
        let synthetic = self.synthetic.map(Synthetic::as_str);
        let texts = [
            (semconv::USER_AGENT_ORIGINAL, self.original.as_deref()),
            (semconv::USER_AGENT_NAME, name),
            (semconv::USER_AGENT_VERSION, version.flatten()),
            (semconv::OS_NAME, os),
            (semconv::OS_VERSION, os_version.flatten()),
            (semconv::BROWSER_PLATFORM, self.hints.platform.as_deref()),
            (semconv::DEVICE_CLASS, self.device),
            (semconv::USER_AGENT_SYNTHETIC_TYPE, synthetic),
            (semconv::CLIENT_GEO_CONTINENT_CODE, continent.as_deref()),
            (semconv::CLIENT_GEO_COUNTRY_ISO_CODE, country.as_deref()),
            (semconv::CLIENT_GEO_REGION_ISO_CODE, region.as_deref()),
            (semconv::CLIENT_GEO_LOCALITY_NAME, city.as_deref()),
            (semconv::CLIENT_GEO_TIMEZONE, timezone.as_deref()),
            (semconv::CLIENT_AS_ORGANIZATION, as_organization.as_deref()),
        ];
        let texts = texts.map(|(key, text)| (key, text.filter(|_| !says(key))));
        let mobile = (self.hints.is_mobile).filter(|_| !says(semconv::BROWSER_MOBILE));
        let brands = Some(&self.hints.brands)
            .filter(|brands| !brands.is_empty() && !says(semconv::BROWSER_BRANDS));
        let as_number = as_number.filter(|_| !says(semconv::CLIENT_AS_NUMBER));
        resource.append(|writer| {
            for (key, text) in texts {
                if let Some(text) = text {
                    attribute::string(writer, resource::ATTRIBUTES, key, text);
                }
            }
            if let Some(brands) = brands {
                let brands = brands
                    .iter()
                    .map(|brand| format!("{} {}", brand.name, brand.version));
                let brands: Vec<String> = brands.collect();
                let brands = brands.iter().map(String::as_str);
                let key = semconv::BROWSER_BRANDS;
                attribute::strings(writer, resource::ATTRIBUTES, key, brands);
            }
            if let Some(is_mobile) = mobile {
                let key = semconv::BROWSER_MOBILE;
                attribute::bool(writer, resource::ATTRIBUTES, key, is_mobile);
            }
            if let Some(number) = as_number {
                let key = semconv::CLIENT_AS_NUMBER;
                attribute::int(writer, resource::ATTRIBUTES, key, number.into());
            }
        });
    }
}

/// A header as text, without what is longer than any browser sends.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    let value = value.get(..value.len().min(LONGEST_HEADER))?;
    let text = String::from_utf8_lossy(value).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Bytes of a header that are read.
const LONGEST_HEADER: usize = 1024;
