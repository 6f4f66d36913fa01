//! Signs requests to a backend on AWS.

use crate::config::{ConfigError, SigV4Config};
use crate::http::signature::set_signature;
use core::fmt;
use http::{HeaderMap, Request};
use throughline_sigv4::{AmzDate, Credentials, Options, Scope, SignError, sign};

/// The keys of one backend. Debug output shows none of them.
pub(super) struct Signer(SigV4Config);

impl Signer {
    /// # Errors
    /// [`ConfigError`] names the key below `section` that is empty; the operator is at fault.
    pub(super) fn new(section: &str, config: &SigV4Config) -> Result<Self, ConfigError> {
        for (key, value, wanted) in [
            (
                "region",
                &config.region,
                "a region of AWS, such as eu-central-1",
            ),
            (
                "service",
                &config.service,
                "a service of AWS, such as xray or logs",
            ),
            ("access_key", &config.access_key, "an access key id"),
            ("secret_key", &config.secret_key, "a secret access key"),
        ] {
            if value.trim().is_empty() {
                return Err(ConfigError::Invalid {
                    key: format!("{section}.sigv4.{key}").into(),
                    wanted,
                });
            }
        }
        Ok(Self(config.clone()))
    }

    /// Adds the signature to a request whose body is this one, as it will be sent.
    ///
    /// # Errors
    /// [`SignError`]: the request cannot be signed. The operator is at fault: a header of the
    /// backend.
    pub(super) fn sign<B>(
        &self,
        request: &mut Request<B>,
        body: &[u8],
        now_unix_nano: u64,
    ) -> Result<(), SignError> {
        let uri = request.uri().clone();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let mut headers = vec![("host", host)];
        headers.extend(texts(request.headers()));
        let signed = sign(
            &throughline_sigv4::Request {
                method: request.method().as_str(),
                target: uri.path_and_query().map_or("/", |target| target.as_str()),
                headers: &headers,
                body,
            },
            &Credentials {
                access_key: &self.0.access_key,
                secret_key: &self.0.secret_key,
                session_token: self.0.session_token.as_deref(),
            },
            &Scope {
                region: &self.0.region,
                service: &self.0.service,
            },
            &AmzDate::from_unix_seconds(now_unix_nano / 1_000_000_000),
            Options::default(),
        )?;
        set_signature(request.headers_mut(), signed.headers);
        Ok(())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signer")
    }
}

/// The headers that are text, as those of a configuration are.
fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let headers = headers.iter();
    headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}
