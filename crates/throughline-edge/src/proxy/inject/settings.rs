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
        if (config.integrity.as_ref()).is_some_and(|hashes| !is_integrity(hashes)) {
            let wanted = "a hash, sha384-…, or several with blanks between them";
            return Err(invalid("integrity", wanted));
        }
        Ok(Self {
            pattern: pattern.into(),
            script: Arc::new(Script {
                address: config.script.as_str().into(),
                uri,
                snippet: Snippet::new(config),
                is_for_frames: config.embedded,
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

/// Whether a browser reads all these hashes: it ignores those that it does not know, and then
/// checks nothing.
///
/// <https://www.w3.org/TR/sri-2/#grammardef-hash-expression>
fn is_integrity(hashes: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut hashes = hashes.split_ascii_whitespace().peekable();
    hashes.peek().is_some()
        && hashes.all(|hash| {
            let Some((algorithm, value)) = hash.split_once('-') else {
                return false;
            };
            let bytes: usize = match algorithm {
                "sha256" => 32,
                "sha384" => 48,
                "sha512" => 64,
                _ => return false,
            };
            let digits = value.trim_end_matches('=');
            value.len() == bytes.div_ceil(3) * 4
                && digits.len() == (bytes * 8).div_ceil(6)
                && digits.bytes().all(is_digit)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ScriptLoad;

    fn usable() -> InjectConfig {
        InjectConfig {
            script: "/t.js?v=1".into(),
            endpoint: "https://edge.example/_t".into(),
            key: Some("pk_shop".into()),
            service_name: "shop-web".into(),
            service_version: None,
            environment: None,
            trace_propagation_targets: vec!["https://api.example:8443".into()],
            web_assembly: true,
            embedded: false,
            integrity: Some(format!(
                "sha384-{} sha256-{}=",
                "A".repeat(64),
                "b".repeat(43)
            )),
            load: ScriptLoad::First,
        }
    }

    #[test]
    fn a_mistake_is_refused_with_its_key() {
        assert!(Injection::parse("inject", "/*", &usable()).is_ok());
        type Mistake = fn(&mut InjectConfig);
        let mistakes: [(&str, Mistake); 14] = [
            ("script", |config| config.script = "t.js".into()),
            ("script", |config| {
                config.script = "//cdn.example/t.js".into()
            }),
            ("script", |config| {
                config.script = "data:text/javascript,1".into()
            }),
            ("script", |config| {
                config.script = "https://me@cdn.example/t.js".into()
            }),
            ("endpoint", |config| config.endpoint = String::new()),
            ("key", |config| {
                config.key = Some("sk_0123456789abcdef".into())
            }),
            ("key", |config| config.key = Some("pk_".into())),
            ("service_name", |config| config.service_name = " ".into()),
            ("trace_propagation_targets", |config| {
                config.trace_propagation_targets = vec!["https://api.example/".into()];
            }),
            ("trace_propagation_targets", |config| {
                config.trace_propagation_targets = vec!["api.example".into()];
            }),
            ("integrity", |config| config.integrity = Some(" ".into())),
            ("integrity", |config| {
                config.integrity = Some(format!("sha384-{}", "A".repeat(63)));
            }),
            ("integrity", |config| {
                config.integrity = Some(format!("sha1-{}", "A".repeat(28)));
            }),
            ("integrity", |config| {
                config.integrity = Some(format!("sha256-{}!=", "A".repeat(42)));
            }),
        ];
        for (key, mistake) in mistakes {
            let mut config = usable();
            mistake(&mut config);
            let error = Injection::parse("inject", "/*", &config);
            let error = error.expect_err(key);
            assert_eq!(error.key(), format!("inject.{key}"));
        }
    }
}
