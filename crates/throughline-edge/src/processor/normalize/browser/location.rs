//! The place of a client, as its platform or a trusted proxy says. The address of the client is no
//! part of it.

use super::super::settings::Settings;
use super::header;
use crate::config::{ConfigError, LocationDetail, LocationHeadersConfig};
use crate::host::ClientLocation;
use crate::http::caller::Caller;
use http::header::HeaderName;
use http::request::Parts;

/// The parts of a client's place that are known and may be told.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Location {
    pub(super) continent: Option<Box<str>>,
    pub(super) country: Option<Box<str>>,
    /// With the country: `CA-QC`.
    pub(super) region: Option<Box<str>>,
    pub(super) city: Option<Box<str>>,
    pub(super) timezone: Option<Box<str>>,
    pub(super) as_number: Option<u32>,
    pub(super) as_organization: Option<Box<str>>,
}

/// The headers in which trusted proxies say where a client is.
#[derive(Debug, Default)]
pub(in super::super) struct LocationHeaders {
    country: Option<HeaderName>,
    region: Option<HeaderName>,
    city: Option<HeaderName>,
    timezone: Option<HeaderName>,
    as_number: Option<HeaderName>,
}

impl LocationHeaders {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(in super::super) fn parse(
        config: &LocationHeadersConfig,
        has_trusted_proxies: bool,
    ) -> Result<Self, ConfigError> {
        let of = |key: &str, name: &Option<String>| {
            let Some(name) = name else {
                return Ok(None);
            };
            let invalid = |wanted| ConfigError::Invalid {
                key: format!("normalize.location_headers.{key}").into(),
                wanted,
            };
            if !has_trusted_proxies {
                return Err(invalid(
                    "left out, or trusted_proxies should name the proxies that send it: any client can",
                ));
            }
            let name = HeaderName::try_from(name.as_str());
            name.map(Some)
                .map_err(|_| invalid("the name of a header, such as CloudFront-Viewer-Country"))
        };
        Ok(Self {
            country: of("country", &config.country)?,
            region: of("region", &config.region)?,
            city: of("city", &config.city)?,
            timezone: of("timezone", &config.timezone)?,
            as_number: of("as_number", &config.as_number)?,
        })
    }

    fn read(&self, head: &Parts) -> ClientLocation {
        let text = |name: &Option<HeaderName>| {
            let value = header(&head.headers, name.as_ref()?.as_str())?;
            Some(value.into_boxed_str())
        };
        ClientLocation {
            country: text(&self.country),
            region: text(&self.region),
            city: text(&self.city),
            timezone: text(&self.timezone),
            as_number: text(&self.as_number).and_then(|number| number.parse().ok()),
            ..ClientLocation::default()
        }
    }
}

impl Location {
    pub(super) fn read(settings: &Settings, head: &Parts, caller: &Caller) -> Self {
        if settings.location == LocationDetail::None {
            return Self::default();
        }
        let platform = head.extensions.get::<ClientLocation>();
        // Whoever is trusted says where its client is; the platform knows only the proxy.
        let from_proxy = (caller.before_peer.is_some())
            .then(|| settings.location_headers.read(head))
            .filter(|said| *said != ClientLocation::default());
        match (from_proxy, platform) {
            (Some(said), _) => Self::tell(&said, settings.location),
            (None, Some(said)) => Self::tell(said, settings.location),
            (None, None) => Self::default(),
        }
    }

    /// The parts of a place that may be told, each checked to be what its name says.
    fn tell(said: &ClientLocation, detail: LocationDetail) -> Self {
        let short =
            |text: &Option<Box<str>>| text.clone().filter(|text| text.len() <= LONGEST_NAME);
        let letters = |text: &Option<Box<str>>| {
            let is_code =
                |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            text.clone().filter(|code| is_code(code) && **code != *"XX")
        };
        let country = letters(&said.country);
        let has_region = detail != LocationDetail::Country;
        let region = (said.region.as_deref()).filter(|region| {
            let is_code = region.bytes().all(|byte| byte.is_ascii_alphanumeric());
            has_region && is_code && (1..=3).contains(&region.len())
        });
        let region = country.as_deref().zip(region);
        Self {
            continent: letters(&said.continent),
            region: region.map(|(country, region)| format!("{country}-{region}").into()),
            city: short(&said.city).filter(|_| detail == LocationDetail::City),
            timezone: short(&said.timezone).filter(|_| has_region),
            as_number: said.as_number,
            as_organization: short(&said.as_organization).filter(|_| said.as_number.is_some()),
            country,
        }
    }
}

/// Bytes of a name; one that is longer is none.
const LONGEST_NAME: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_told_than_the_operator_wants() {
        let said = ClientLocation {
            continent: Some("NA".into()),
            country: Some("CA".into()),
            region: Some("QC".into()),
            city: Some("Montréal".into()),
            timezone: Some("America/Toronto".into()),
            as_number: Some(577),
            as_organization: Some("Bell".into()),
        };
        let country = Location::tell(&said, LocationDetail::Country);
        assert_eq!(country.country.as_deref(), Some("CA"));
        assert_eq!(
            (&country.region, &country.city, &country.timezone),
            (&None, &None, &None)
        );
        let region = Location::tell(&said, LocationDetail::Region);
        assert_eq!(region.region.as_deref(), Some("CA-QC"));
        assert_eq!(region.city, None);
        let city = Location::tell(&said, LocationDetail::City);
        assert_eq!(city.city.as_deref(), Some("Montréal"));
    }

    #[test]
    fn what_is_no_code_is_not_told() {
        for country in ["XX", "T1", "ca", "CAN", "", "1"] {
            let said = ClientLocation {
                country: Some(country.into()),
                region: Some("QC".into()),
                ..ClientLocation::default()
            };
            assert_eq!(
                Location::tell(&said, LocationDetail::City),
                Location::default()
            );
        }
        let said = ClientLocation {
            country: Some("CA".into()),
            region: Some("203.0.113.7".into()),
            ..ClientLocation::default()
        };
        assert_eq!(Location::tell(&said, LocationDetail::City).region, None);
    }
}
