//! Decides which frames of a stack are of the application itself.
//!
//! Sentry calls the mark `in_app`:
//! <https://develop.sentry.dev/sdk/foundations/envelopes/event-payloads/stacktrace/>.

use crate::config::{ConfigError, FramesConfig};
use throughline_symbolicate::stack::Frame;

/// The rules of the operator and, below them, the default ones.
#[derive(Debug, Default)]
pub(super) struct InApp {
    own: Vec<Pattern>,
    others: Vec<Pattern>,
}

impl InApp {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(super) fn new(config: &FramesConfig) -> Result<Self, ConfigError> {
        let patterns = |key: &str, given: &[String]| {
            let numbered = given.iter().enumerate();
            numbered
                .map(|(index, text)| {
                    Pattern::parse(text).ok_or_else(|| ConfigError::Invalid {
                        key: format!("normalize.frames.{key}[{index}]").into(),
                        wanted: "an address or a path, such as https://cdn.shop.example/*",
                    })
                })
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            own: patterns("in_app", &config.in_app)?,
            others: patterns("not_in_app", &config.not_in_app)?,
        })
    }

    /// Whether a frame is of the application; `page` is the address of the page, or empty.
    pub(super) fn is_own(&self, frame: &Frame<'_>, page: &str) -> bool {
        let file = &*frame.filename;
        if self.own.iter().any(|pattern| pattern.fits(file)) {
            return true;
        }
        if self.others.iter().any(|pattern| pattern.fits(file)) {
            return false;
        }
        is_no_library(frame) && is_of_site(file, page)
    }

    /// Whether a frame that is known by its place in a source is of the application. The rules of
    /// the operator are asked for the source, and for the script. Whoever uploads the source map
    /// of a script ships it, wherever it is served from.
    pub(super) fn is_own_source(
        &self,
        source: &Frame<'_>,
        script: &str,
        is_third_party: bool,
    ) -> bool {
        let file = &*source.filename;
        let fits = |patterns: &[Pattern]| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| pattern.fits(file) || pattern.fits(script))
        };
        if fits(&self.own) {
            return true;
        }
        !is_third_party && !fits(&self.others) && is_no_library(source)
    }
}

/// Whether a frame is none of a runtime, an extension or a package, by its function and its file.
fn is_no_library(frame: &Frame<'_>) -> bool {
    let file = &*frame.filename;
    has_source(file)
        && !RUNTIME.iter().any(|name| frame.function.starts_with(name))
        && !LIBRARIES.iter().any(|part| file.contains(part))
}

/// A text in which `*` is any characters.
#[derive(Debug)]
struct Pattern(Vec<Box<str>>);

impl Pattern {
    /// `None` for a text that is empty.
    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.split('*').map(Into::into).collect()))
    }

    /// Takes time in proportion to the address: whoever sends a stack writes it.
    fn fits(&self, address: &str) -> bool {
        let [first, between @ .., last] = &*self.0 else {
            return self.0.first().is_some_and(|whole| **whole == *address);
        };
        let rest = address.strip_prefix(&**first);
        let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(&**last)) else {
            return false;
        };
        for part in between {
            match rest.split_once(&**part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

/// Whether a frame names a script or a file: not `<anonymous>`, `[native code]`, `native`, nor the
/// inner of a runtime.
fn has_source(file: &str) -> bool {
    !file.is_empty()
        && file != "native"
        && file != "InternalBytecode.js"
        && !["<", "[", "node:", "internal/", "webkit-masked-url:"]
            .iter()
            .any(|start| file.starts_with(start))
}

/// Whether a script is of the page's site: of its host, or of one with the same last two labels,
/// as `cdn.shop.example` is of `www.shop.example`. What has no host may be.
fn is_of_site(file: &str, page: &str) -> bool {
    let (Some(script), Some(page)) = (host(file), host(page)) else {
        return true;
    };
    // An IPv4 address has labels too.
    let is_name = |host: &str| host.ends_with(|last: char| last.is_ascii_alphabetic());
    script.eq_ignore_ascii_case(page)
        || (is_name(script) && is_name(page) && site(script).eq_ignore_ascii_case(site(page)))
}

/// The last two labels of a host.
fn site(host: &str) -> &str {
    let before = host.rmatch_indices('.').nth(1);
    before
        .and_then(|(at, _)| host.get(at + 1..))
        .unwrap_or(host)
}

/// The host of an address of `http:` or `https:`, also of a `blob:`, without its port.
fn host(address: &str) -> Option<&str> {
    let address = address.strip_prefix("blob:").unwrap_or(address);
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    // An IPv6 address is in brackets.
    let end = host
        .find(']')
        .map_or_else(|| host.find(':'), |at| Some(at + 1));
    host.get(..end.unwrap_or(host.len()))
        .filter(|host| !host.is_empty())
}

/// Parts of the addresses of extensions, packages and the runtimes of bundlers.
const LIBRARIES: [&str; 9] = [
    "-extension://",
    "node_modules/",
    "webpack/bootstrap",
    "webpack/runtime",
    "(webpack)",
    // Packages in source maps of webpack before version 4.
    "webpack:///~/",
    "webpack:///./~/",
    "/@vite/",
    "vite/preload-helper",
];
/// Beginnings of the functions that webpack puts into a bundle.
const RUNTIME: [&str; 1] = ["__webpack_"];

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_symbolicate::stack::UNKNOWN_FUNCTION;

    fn is_own(rules: &InApp, file: &str, page: &str) -> bool {
        let frame = Frame {
            function: UNKNOWN_FUNCTION,
            filename: file.into(),
            lineno: Some(1),
            colno: None,
        };
        rules.is_own(&frame, page)
    }

    #[test]
    fn frames_are_of_the_application_by_default_rules() {
        let page = "https://www.shop.example/basket";
        for (file, page, expected) in [
            ("https://www.shop.example/app.js", page, true),
            ("https://cdn.shop.example:8443/app.js", page, true),
            ("blob:https://www.shop.example/1b2c", page, true),
            ("webpack:///./src/cart.ts", page, true),
            ("app:///main.jsbundle", page, true),
            ("/srv/app/server.js", "", true),
            ("https://cdn.chat.example/widget.js", "", true),
            ("https://cdn.chat.example/widget.js", page, false),
            ("https://shop.example.evil.test/app.js", page, false),
            ("https://user@www.shop.example/app.js", page, true),
            (
                "http://127.0.0.1:5173/src/a.ts",
                "http://127.0.0.1:3000/",
                true,
            ),
            ("http://10.0.0.1/a.js", "http://127.0.0.1/", false),
            ("http://[::1]:5173/a.ts", "http://[::1]/", true),
            ("http://localhost/a.js", "http://localhost:3000/", true),
            (
                "https://www.shop.example/node_modules/react/index.js",
                page,
                false,
            ),
            ("webpack:///./node_modules/react/index.js", page, false),
            ("webpack:///webpack/bootstrap", page, false),
            (
                "webpack://shop/webpack/runtime/jsonp chunk loading",
                page,
                false,
            ),
            (
                "http://localhost:5173/@vite/client",
                "http://localhost:5173/",
                false,
            ),
            ("chrome-extension://abc/content.js", page, false),
            ("safari-web-extension://abc/content.js", page, false),
            ("webkit-masked-url://hidden/", page, false),
            ("node:internal/modules/cjs/loader", "", false),
            ("<anonymous>", page, false),
            ("[native code]", page, false),
            ("native", page, false),
            ("InternalBytecode.js", "", false),
            ("index.android.bundle", "", true),
            ("", page, false),
        ] {
            assert_eq!(is_own(&InApp::default(), file, page), expected, "{file}");
        }
        let runtime = Frame {
            function: "__webpack_require__",
            filename: "https://www.shop.example/app.js".into(),
            lineno: None,
            colno: None,
        };
        assert!(!InApp::default().is_own(&runtime, page));
    }

    #[test]
    fn rules_of_the_operator_come_first() {
        let rules = InApp::new(&FramesConfig {
            in_app: vec![
                "https://assets.example/shop/*".into(),
                "*/node_modules/@shop/*".into(),
            ],
            not_in_app: vec![
                "*/vendor.*.js".into(),
                "https://assets.example/*".into(),
                "/exact.js".into(),
            ],
        })
        .expect("patterns");
        let page = "https://www.shop.example/";
        for (file, expected) in [
            ("https://assets.example/shop/app.js", true),
            ("https://assets.example/other/app.js", false),
            ("https://www.shop.example/node_modules/@shop/ui/a.js", true),
            ("https://www.shop.example/vendor.1b2c.js", false),
            ("https://www.shop.example/vendor.js", true),
            ("/exact.js", false),
            ("/exact.js.js", true),
        ] {
            assert_eq!(is_own(&rules, file, page), expected, "{file}");
        }
    }

    #[test]
    fn an_empty_pattern_is_refused() {
        let config = FramesConfig {
            not_in_app: vec!["*/a.js".into(), String::new()],
            ..FramesConfig::default()
        };
        let refused = InApp::new(&config).expect_err("an empty pattern");
        assert!(
            refused
                .to_string()
                .contains("normalize.frames.not_in_app[1]"),
            "{refused}"
        );
    }

    #[test]
    fn a_pattern_takes_no_text_twice() {
        let pattern = Pattern::parse("ab*ba").expect("a pattern");
        assert!(pattern.fits("abba"));
        assert!(!pattern.fits("aba"));
    }
}
