//! Content security policies: whether they allow the script, and with which nonce.
//!
//! <https://www.w3.org/TR/CSP3/#script-src-elem-pre-request>

use super::source::ScriptAddress;
use http::HeaderMap;
use http::header::{self, HeaderName};

/// The policies of a document.
#[derive(Debug, Default)]
pub(super) struct Policies(Vec<Policy>);

/// One policy, as far as it is about scripts.
#[derive(Debug)]
struct Policy {
    /// The sources of scripts; `None` for a policy that says nothing of them.
    sources: Option<Vec<Box<str>>>,
    /// Whether no script runs in the document.
    is_without_scripts: bool,
    is_enforced: bool,
}

/// The policies forbid the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forbidden;

impl Policies {
    /// The policies of a response's headers. Those that only report forbid nothing.
    pub(super) fn of_headers(headers: &HeaderMap) -> Self {
        let mut policies = Self::default();
        for (name, is_enforced) in [
            (header::CONTENT_SECURITY_POLICY, true),
            (header::CONTENT_SECURITY_POLICY_REPORT_ONLY, false),
        ] {
            policies.push_lines(headers, &name, is_enforced);
        }
        policies
    }

    /// Adds a policy of a `<meta>`, in which `sandbox` is ignored.
    pub(super) fn push_meta(&mut self, text: &str) {
        let mut policy = Policy::parse(text, true);
        policy.is_without_scripts = false;
        self.0.push(policy);
    }

    /// The nonce with which all policies allow the script, or that it needs none.
    ///
    /// # Errors
    /// [`Forbidden`] when one of them does not allow it with any nonce that it has.
    pub(super) fn allow(&self, script: &ScriptAddress) -> Result<Option<&str>, Forbidden> {
        let nonces = self.0.iter().flat_map(Policy::nonces);
        nonces
            .map(Some)
            .chain([None])
            .find(|nonce| {
                let mut enforced = self.0.iter().filter(|policy| policy.is_enforced);
                enforced.all(|policy| policy.allows(script, *nonce))
            })
            .ok_or(Forbidden)
    }

    fn push_lines(&mut self, headers: &HeaderMap, name: &HeaderName, is_enforced: bool) {
        for line in headers.get_all(name) {
            let line = String::from_utf8_lossy(line.as_bytes());
            let policies = line.split(',');
            (self.0).extend(policies.map(|policy| Policy::parse(policy, is_enforced)));
        }
    }
}

impl Policy {
    fn parse(text: &str, is_enforced: bool) -> Self {
        // The first directive of a name counts.
        let directive = |wanted: &str| {
            text.split(';').find_map(|directive| {
                let mut words = directive.split_ascii_whitespace();
                let name = words.next()?;
                name.eq_ignore_ascii_case(wanted)
                    .then(|| words.map(Box::from).collect::<Vec<Box<str>>>())
            })
        };
        let sandbox = directive("sandbox");
        let runs_scripts = |flags: Vec<Box<str>>| {
            (flags.iter()).any(|flag| flag.eq_ignore_ascii_case("allow-scripts"))
        };
        Self {
            sources: directive("script-src-elem")
                .or_else(|| directive("script-src"))
                .or_else(|| directive("default-src")),
            is_without_scripts: is_enforced && !sandbox.is_none_or(runs_scripts),
            is_enforced,
        }
    }

    fn allows(&self, script: &ScriptAddress, nonce: Option<&str>) -> bool {
        if self.is_without_scripts {
            return false;
        }
        let Some(sources) = &self.sources else {
            return true;
        };
        if nonce.is_some_and(|nonce| self.nonces().any(|own| own == nonce)) {
            return true;
        }
        let is_strict = sources
            .iter()
            .any(|source| source.eq_ignore_ascii_case("'strict-dynamic'"));
        !is_strict && sources.iter().any(|source| script.is_allowed_by(source))
    }

    fn nonces(&self) -> impl Iterator<Item = &str> {
        let sources = self.sources.iter().flatten();
        sources.filter_map(|source| {
            let quoted = source.strip_prefix('\'')?.strip_suffix('\'')?;
            let (name, nonce) = quoted.split_at_checked(NONCE.len())?;
            let is_nonce = name.eq_ignore_ascii_case(NONCE) && !nonce.is_empty();
            is_nonce.then_some(nonce)
        })
    }
}

const NONCE: &str = "nonce-";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::caller::Caller;
    use http::uri::Scheme;
    use http::{HeaderValue, Uri};

    fn caller() -> Caller {
        Caller {
            peer: None,
            client: None,
            scheme: Scheme::HTTPS,
            authority: Some("shop.example".parse().expect("valid")),
            before_peer: None,
        }
    }

    fn judge(script: &str, policies: &[&str]) -> Result<Option<String>, Forbidden> {
        let mut headers = HeaderMap::new();
        for policy in policies {
            let value = HeaderValue::try_from(*policy).expect("valid");
            headers.append(header::CONTENT_SECURITY_POLICY, value);
        }
        let (script, caller): (Uri, _) = (script.parse().expect("valid"), caller());
        let policies = Policies::of_headers(&headers);
        let allowed = policies.allow(&ScriptAddress::new(&script, &caller));
        allowed.map(|nonce| nonce.map(str::to_owned))
    }

    #[test]
    fn a_nonce_is_found_in_every_policy() {
        let nonce = |text: &str| Ok(Some(text.to_owned()));
        for (policies, wanted) in [
            (
                &["script-src 'nonce-abc' 'strict-dynamic'"][..],
                nonce("abc"),
            ),
            (&["default-src 'NONCE-a+/=='"], nonce("a+/==")),
            (&["script-src 'self' 'nonce-abc'"], nonce("abc")),
            (
                &["script-src 'nonce-a', script-src 'nonce-b'"],
                Err(Forbidden),
            ),
            (
                &["script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"],
                nonce("b"),
            ),
            (&["script-src 'nonce-a'", "img-src *"], nonce("a")),
            (&["script-src 'self'", "script-src 'nonce-b'"], nonce("b")),
            (&["script-src 'nonce-'"], Err(Forbidden)),
        ] {
            assert_eq!(judge("/t.js", policies), wanted, "{policies:?}");
        }
    }

    #[test]
    fn a_policy_allows_the_addresses_that_it_names() {
        for (script, policy, is_allowed) in [
            ("/t.js", "img-src 'none'", true),
            ("/t.js", "script-src 'self'", true),
            ("/t.js", "script-src 'none'", false),
            ("/t.js", "default-src 'none'", false),
            ("/t.js", "default-src 'none'; script-src 'self'", true),
            ("/t.js", "script-src 'none'; script-src-elem 'self'", true),
            ("/t.js", "script-src 'self'; script-src-elem 'none'", false),
            ("/t.js", "script-src 'none'; script-src 'self'", false),
            ("/t.js", "script-src 'self' 'strict-dynamic'", false),
            ("/t.js", "script-src 'unsafe-inline'", false),
            ("/t.js", "script-src *", true),
            ("/t.js", "script-src https:", true),
            ("/t.js", "script-src http:", true),
            ("/t.js", "script-src shop.example", true),
            ("/t.js", "script-src Shop.Example/t.js", true),
            ("/t.js", "script-src shop.example/T.js", false),
            ("/t.js", "script-src shop.example:8443", false),
            ("/t.js", "script-src other.example", false),
            ("/t.js", "sandbox", false),
            ("/t.js", "sandbox allow-forms allow-scripts", true),
            ("https://cdn.example/a/t.js", "script-src 'self'", false),
            ("https://cdn.example/a/t.js", "script-src *.example", true),
            (
                "https://cdn.example/a/t.js",
                "script-src *.cdn.example",
                false,
            ),
            (
                "https://cdn.example/a/t.js",
                "script-src https://cdn.example/a/",
                true,
            ),
            (
                "https://cdn.example/a/t.js",
                "script-src https://cdn.example/b/",
                false,
            ),
            (
                "https://cdn.example:8443/t.js",
                "script-src cdn.example",
                false,
            ),
            (
                "https://cdn.example:8443/t.js",
                "script-src cdn.example:*",
                true,
            ),
            ("https://shop.example/t.js", "script-src 'self'", true),
            ("http://shop.example/t.js", "script-src 'self'", false),
        ] {
            assert_eq!(
                judge(script, &[policy]).is_ok(),
                is_allowed,
                "{script} {policy}"
            );
        }
    }

    #[test]
    fn a_policy_that_only_reports_forbids_nothing_and_gives_its_nonce() {
        let mut headers = HeaderMap::new();
        let policy = HeaderValue::from_static("script-src 'nonce-abc'; sandbox");
        headers.append(header::CONTENT_SECURITY_POLICY_REPORT_ONLY, policy);
        let (script, caller): (Uri, _) = (Uri::from_static("/t.js"), caller());
        let address = ScriptAddress::new(&script, &caller);
        let policies = Policies::of_headers(&headers);
        assert_eq!(policies.allow(&address), Ok(Some("abc")));
    }
}
