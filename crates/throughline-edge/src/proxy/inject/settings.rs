//! Reads the settings of a route's script.

use super::snippet::Snippet;
use super::{Injection, Script};
use crate::config::{ConfigError, InjectConfig};
use core::sync::atomic::AtomicBool;
use http::Uri;
use std::sync::Arc;

impl Injection {
    /// The script of the route with this pattern. `key` is the path of its settings in the
    /// configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(in crate::proxy) fn parse(
        key: &str,
        pattern: &str,
        config: &InjectConfig,
    ) -> Result<Self, ConfigError> {
        let invalid = |name: &str, wanted| ConfigError::Invalid {
            key: format!("{key}.{name}").into(),
            wanted,
        };
        let uri = address(&config.script)
            .ok_or_else(|| invalid("script", "a path, such as /throughline.iife.js, or a URL"))?;
        if address(&config.endpoint).is_none() {
            return Err(invalid("endpoint", "a path, such as /_t, or a URL"));
        }
        if (config.key.as_ref()).is_some_and(|key| !is_public_key(key)) {
            return Err(invalid(
                "key",
                "a public key, pk_…: pages show it to everybody",
            ));
        }
        if config.service_name.trim().is_empty() {
            return Err(invalid("service_name", "a name, such as shop-web"));
        }
        for target in &config.trace_propagation_targets {
            let uri = target.parse().unwrap_or_default();
            if !is_absolute(&uri) || target.ends_with('/') || uri.path() != "/" {
                let wanted = "origins, such as https://api.example.com";
                return Err(invalid("trace_propagation_targets", wanted));
            }
        }
        Ok(Self {
            pattern: pattern.into(),
            script: Arc::new(Script {
                address: config.script.as_str().into(),
                uri,
                snippet: Snippet::new(config),
                is_forbidden: AtomicBool::new(false),
            }),
        })
    }
}

/// A path of the site, or an absolute URL.
fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let is_path = text.starts_with('/') && !text.starts_with("//") && uri.authority().is_none();
    (is_path || is_absolute(&uri)).then_some(uri)
}

fn is_absolute(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https"))
        && (uri.authority()).is_some_and(|authority| !authority.as_str().contains('@'))
}

fn is_public_key(key: &str) -> bool {
    let is_key_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (key.strip_prefix("pk_")).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_key_byte))
}
