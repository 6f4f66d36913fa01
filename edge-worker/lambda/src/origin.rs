//! Admits the requests of the operator's own CloudFront distribution.
//!
//! The URL of a function is open to the internet. CloudFront adds a header to each request to its
//! origin, and whoever does not know its value is refused: a request past CloudFront would also be
//! past its firewall, and could name any client. A URL that is signed (origin access control) is
//! no way out: then a page would have to send the hash of its body.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html>

use crate::config::LambdaConfig;
use crate::invocation;
use bytes::Bytes;
use core::net::IpAddr;
use http::header::{self, HeaderMap, HeaderName};
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use throughline_edge::config::ConfigError;
use throughline_edge::host::{ClientAddress, ClientLocation};

/// The distribution in front of the function.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Each of them admits: two while one takes the place of the other.
    secrets: Vec<String>,
    /// Scheme and authority of the site, which CloudFront does not tell.
    site: Option<(Scheme, Authority)>,
    /// Whether CloudFront says where a client is.
    viewer_location: bool,
}

impl Origin {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &LambdaConfig) -> Result<Self, ConfigError> {
        if config.origin_secrets.is_empty() {
            return Err(ConfigError::Missing {
                key: "lambda.origin_secrets".into(),
                wanted: "the value of the header x-throughline-origin-secret, which CloudFront adds to requests to this function; without it anybody could send past CloudFront",
            });
        }
        for (index, secret) in config.origin_secrets.iter().enumerate() {
            if secret.len() < SHORTEST_SECRET {
                return Err(ConfigError::Invalid {
                    key: format!("lambda.origin_secrets[{index}]").into(),
                    wanted: "at least 16 characters, drawn at random",
                });
            }
        }
        Ok(Self {
            secrets: config.origin_secrets.clone(),
            site: site(config)?,
            viewer_location: config.viewer_location,
        })
    }

    /// Admits a request, and takes over what CloudFront says of its client. The headers in
    /// which it says so go no further.
    ///
    /// # Errors
    /// [`NotOfCloudFront`]: the sender is at fault, or the operator.
    pub(crate) fn admit(&self, request: &mut Request<Bytes>) -> Result<(), NotOfCloudFront> {
        let headers = request.headers_mut();
        let secret = headers.remove(SECRET).ok_or(NotOfCloudFront)?;
        let admits = |own: &String| is_same(own.as_bytes(), secret.as_bytes());
        // Each is compared, so that the time says nothing of which it is.
        if !self
            .secrets
            .iter()
            .fold(false, |found, own| admits(own) | found)
        {
            return Err(NotOfCloudFront);
        }
        if let Some(content_type) = headers.remove(CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        let client = headers.remove(VIEWER_ADDRESS);
        let client = client.and_then(|address| address.to_str().ok()?.parse::<IpAddr>().ok());
        let location = self.viewer_location.then(|| location(headers));
        invocation::address(request, self.site.clone());
        if let Some(client) = client {
            request.extensions_mut().insert(ClientAddress(client));
        }
        if let Some(location) = location {
            request.extensions_mut().insert(location);
        }
        Ok(())
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "refused: this function is for the CloudFront distribution in front of it, which adds the header x-throughline-origin-secret with a value of lambda.origin_secrets"
)]
pub(crate) struct NotOfCloudFront;

/// Where the client is, as CloudFront says.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html#cloudfront-headers-viewer-location>
fn location(headers: &HeaderMap) -> ClientLocation {
    let text = |name| -> Option<&str> { headers.get(name)?.to_str().ok() };
    ClientLocation {
        continent: None,
        country: text("cloudfront-viewer-country").map(Box::from),
        region: text("cloudfront-viewer-country-region").map(Box::from),
        city: text("cloudfront-viewer-city").map(Box::from),
        timezone: text("cloudfront-viewer-time-zone").map(Box::from),
        as_number: text("cloudfront-viewer-asn").and_then(|number| number.parse().ok()),
        as_organization: None,
    }
}

/// The site's scheme and host.
///
/// # Errors
/// [`ConfigError`] says what the key should be; the operator is at fault.
pub(crate) fn site(config: &LambdaConfig) -> Result<Option<(Scheme, Authority)>, ConfigError> {
    let site = config.site.as_deref().map(|site| {
        parse_site(site).ok_or(ConfigError::Invalid {
            key: "lambda.site".into(),
            wanted: "the site's scheme and host, such as https://shop.example",
        })
    });
    site.transpose()
}

fn parse_site(site: &str) -> Option<(Scheme, Authority)> {
    let parts = site.trim_end_matches('/').parse::<Uri>().ok()?.into_parts();
    let is_alone = parts.path_and_query.is_none_or(|path| path == "/");
    let scheme = parts.scheme?;
    (is_alone && matches!(scheme.as_str(), "http" | "https")).then_some((scheme, parts.authority?))
}

/// Whether two values are the same, in a time that does not depend on where they differ.
fn is_same(own: &[u8], other: &[u8]) -> bool {
    let differing = own.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    own.len() == other.len() && core::hint::black_box(differing) == 0
}

/// CloudFront adds it to each request to the origin (`OriginCustomHeaders`).
const SECRET: HeaderName = HeaderName::from_static("x-throughline-origin-secret");
/// The content type that the client sent. Lambda makes text of a body whose type is `text/*` or
/// JSON, which destroys a compressed one; so `cloudfront/ingest.js` hides the type.
const CONTENT_TYPE: HeaderName = HeaderName::from_static("x-throughline-content-type");
/// The client's address, from `cloudfront/ingest.js`.
const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("x-throughline-viewer-address");
/// Shorter ones can be guessed.
const SHORTEST_SECRET: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an-older-secret-of-24-ch";
    const NEW: &str = "a-newer-secret-of-24-cha";

    fn origin(site: Option<&str>) -> Origin {
        Origin::new(&LambdaConfig {
            origin_secrets: vec![OLD.into(), NEW.into()],
            site: site.map(String::from),
            viewer_location: true,
            ..LambdaConfig::default()
        })
        .expect("usable")
    }

    fn request(headers: &[(&'static str, &str)]) -> Request<Bytes> {
        let mut request = Request::get("/v1/bundle?key=pk");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Bytes::new()).expect("a request")
    }

    #[test]
    fn only_who_knows_the_secret_is_admitted() {
        for (value, admitted) in [
            (Some(OLD), true),
            (Some(NEW), true),
            (Some(""), false),
            (Some("an-older-secret-of-24-cH"), false),
            (Some("an-older-secret-of-24-chX"), false),
            (None, false),
        ] {
            let headers: Vec<_> = value
                .map(|value| ("x-throughline-origin-secret", value))
                .into_iter()
                .collect();
            let mut request = request(&headers);
            assert_eq!(
                origin(None).admit(&mut request).is_ok(),
                admitted,
                "{value:?}"
            );
            assert!(
                !request.headers().contains_key(SECRET),
                "it goes no further"
            );
        }
    }

    #[test]
    fn what_cloudfront_says_is_taken_over() {
        let mut request = request(&[
            ("x-throughline-origin-secret", NEW),
            ("content-type", "application/octet-stream"),
            ("x-throughline-content-type", "text/plain"),
            ("x-throughline-viewer-address", "2001:db8::7"),
            ("cloudfront-viewer-country", "CA"),
            ("cloudfront-viewer-asn", "577"),
            ("host", "abc.lambda-url.eu-west-1.on.aws"),
        ]);
        request
            .extensions_mut()
            .insert(ClientAddress([192, 0, 2, 1].into()));
        origin(Some("https://shop.example/"))
            .admit(&mut request)
            .expect("admitted");
        assert_eq!(request.uri(), "https://shop.example/v1/bundle?key=pk");
        assert_eq!(request.headers()["content-type"], "text/plain");
        assert!(!request.headers().contains_key(CONTENT_TYPE));
        assert!(!request.headers().contains_key(VIEWER_ADDRESS));
        let client = request
            .extensions()
            .get::<ClientAddress>()
            .expect("an address");
        assert_eq!(client.0.to_string(), "2001:db8::7");
        let location = request
            .extensions()
            .get::<ClientLocation>()
            .expect("a location");
        assert_eq!(
            (location.country.as_deref(), location.as_number),
            (Some("CA"), Some(577))
        );
    }

    #[test]
    fn where_a_client_is_is_believed_only_when_cloudfront_says_it() {
        let mut request = request(&[
            ("x-throughline-origin-secret", NEW),
            ("cloudfront-viewer-country", "CA"),
        ]);
        let origin = Origin {
            viewer_location: false,
            ..origin(None)
        };
        origin.admit(&mut request).expect("admitted");
        assert_eq!(request.extensions().get::<ClientLocation>(), None);
    }

    #[test]
    fn without_the_site_the_host_is_taken() {
        let mut request = request(&[("x-throughline-origin-secret", NEW), ("host", "abc.on.aws")]);
        origin(None).admit(&mut request).expect("admitted");
        assert_eq!(request.uri(), "https://abc.on.aws/v1/bundle?key=pk");
    }

    #[test]
    fn a_secret_that_is_missing_or_short_is_refused() {
        let refused = |secrets: &[&str], site: Option<&str>| {
            let config = LambdaConfig {
                origin_secrets: secrets.iter().map(|secret| String::from(*secret)).collect(),
                site: site.map(String::from),
                ..LambdaConfig::default()
            };
            Origin::new(&config).expect_err("refused").to_string()
        };
        assert!(refused(&[], None).starts_with("lambda.origin_secrets is missing"));
        assert!(refused(&[OLD, "short"], None).starts_with("lambda.origin_secrets[1] cannot"));
        for site in [
            "shop.example",
            "ftp://shop.example",
            "https://shop.example/a",
            "https://",
        ] {
            assert!(
                refused(&[OLD], Some(site)).starts_with("lambda.site cannot"),
                "{site}"
            );
        }
    }
}
