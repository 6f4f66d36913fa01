//! Templates of addresses and headers: `{region}`, `{key}` and so on are keys of the operator's.

use super::{Preset, UnreadableKey};
use throughline_otlp::json::base64;

impl Preset<'_> {
    /// The text of a template; `None` where a key in it may be left out, and is.
    ///
    /// # Errors
    /// [`UnreadableKey`] names a key that is missing, or has a value that cannot be used.
    pub(super) fn expand(&self, template: &str) -> Result<Option<String>, UnreadableKey> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let name = after.split_once('}').filter(|(name, _)| is_name(name));
            let Some((name, after)) = name else {
                text.push('{');
                rest = after;
                continue;
            };
            match self.value(name)? {
                Some(value) => text.push_str(&value),
                None => return Ok(None),
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(Some(text))
    }

    fn value(&self, name: &str) -> Result<Option<String>, UnreadableKey> {
        match name {
            // <https://www.rfc-editor.org/rfc/rfc7617#section-2>
            "basic" => {
                let user = self.parameter("user")?.unwrap_or_default();
                let key = self.parameter("key")?.unwrap_or_default();
                Ok(Some(base64::encode(format!("{user}:{key}").as_bytes())))
            }
            "dsn_base" => Ok(Some(self.dsn()?.base)),
            "dsn_key" => Ok(Some(self.dsn()?.key)),
            // <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
            "aws_domain" => {
                let region = self.parameter("region")?.unwrap_or_default();
                let domain = match region.split('-').next() {
                    Some("cn") => "amazonaws.com.cn",
                    Some("eusc") => "amazonaws.eu",
                    _ => "amazonaws.com",
                };
                Ok(Some(domain.into()))
            }
            _ => Ok(self.parameter(name)?.map(str::to_owned)),
        }
    }

    fn dsn(&self) -> Result<Dsn, UnreadableKey> {
        let text = self.parameter("dsn")?.unwrap_or_default();
        Dsn::parse(text).ok_or_else(|| {
            let reason = "not a DSN, such as https://key@o1.ingest.sentry.io/2";
            self.wrong("dsn", reason.into())
        })
    }
}

/// The parts of a DSN of Sentry: `https://key@host/path/project`.
///
/// <https://develop.sentry.dev/sdk/foundations/transport/authentication/#parsing-the-dsn>
#[derive(Debug, PartialEq, Eq)]
struct Dsn {
    key: String,
    /// The address of the project's endpoints.
    base: String,
}

impl Dsn {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (keys, rest) = rest.split_once('@')?;
        let (before, project) = rest.trim_end_matches('/').rsplit_once('/')?;
        // Old ones have a secret behind the key.
        let key = keys.split(':').next().filter(|key| is_label(key))?;
        is_label(project).then(|| Self {
            key: key.into(),
            base: format!("{scheme}://{before}/api/{project}"),
        })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && (name.bytes()).all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Whether a text may stand in an address: letters, digits and hyphens.
pub(super) fn is_label(text: &str) -> bool {
    !text.is_empty() && (text.bytes()).all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_has_a_key_and_a_project() {
        let dsn = |key: &str, base: &str| {
            Some(Dsn {
                key: key.into(),
                base: base.into(),
            })
        };
        for (text, wanted) in [
            (
                "https://abc@o1.ingest.sentry.io/2",
                dsn("abc", "https://o1.ingest.sentry.io/api/2"),
            ),
            (
                "http://abc:secret@127.0.0.1:9000/sentry/2/",
                dsn("abc", "http://127.0.0.1:9000/sentry/api/2"),
            ),
            ("https://o1.ingest.sentry.io/2", None),
            ("https://abc@o1.ingest.sentry.io", None),
            ("https://abc@o1.ingest.sentry.io/2?x", None),
            ("abc@host/2", None),
        ] {
            assert_eq!(Dsn::parse(text), wanted, "{text}");
        }
    }
}
