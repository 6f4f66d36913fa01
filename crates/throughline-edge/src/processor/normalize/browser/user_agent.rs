//! Browser and system of a User-Agent header. Browsers that send client hints say less in it,
//! so a few names are enough; one that is not known here has none.

use std::borrow::Cow;

/// The browser and the system that a User-Agent names.
#[derive(Debug, Default, PartialEq)]
pub(super) struct UserAgent {
    pub(super) product: Option<Product>,
    pub(super) system: Option<Product>,
}

/// A name and a version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Product {
    pub(super) name: Cow<'static, str>,
    pub(super) version: Option<String>,
}

impl Product {
    pub(super) fn parts(&self) -> (&str, Option<&str>) {
        (&self.name, self.version.as_deref())
    }
}

impl UserAgent {
    pub(super) fn parse(text: &str) -> Self {
        Self {
            product: product(text),
            system: system(text),
        }
    }
}

fn product(text: &str) -> Option<Product> {
    let (token, name) = PRODUCTS.iter().find(|(token, _)| text.contains(token))?;
    // Safari's own token has the version of the engine.
    let token = if *name == "Safari" { "Version/" } else { token };
    Some(Product {
        name: (*name).into(),
        version: version_after(text, token, '.'),
    })
}

fn system(text: &str) -> Option<Product> {
    // What browsers say of Windows and macOS no longer changes with the system's version.
    let (name, version) = if text.contains("iPhone OS ") {
        ("iOS", version_after(text, "iPhone OS ", '_'))
    } else if text.contains("iPad") {
        ("iPadOS", version_after(text, "CPU OS ", '_'))
    } else if text.contains("Android") {
        ("Android", version_after(text, "Android ", '.'))
    } else if text.contains("Windows NT") {
        ("Windows", None)
    } else if text.contains("Mac OS X") {
        ("macOS", None)
    } else if text.contains("CrOS ") {
        ("Chrome OS", None)
    } else if text.contains("Linux") {
        ("Linux", None)
    } else {
        return None;
    };
    let name = name.into();
    Some(Product { name, version })
}

/// The version behind a token, with dots.
fn version_after(text: &str, token: &str, separator: char) -> Option<String> {
    let (_, after) = text.split_once(token)?;
    let end = after.find(|character: char| !character.is_ascii_digit() && character != separator);
    let version = after.get(..end.unwrap_or(after.len()))?;
    let version = version.trim_matches(separator).replace(separator, ".");
    (!version.is_empty()).then_some(version)
}

/// Tokens and names, the more particular ones first: every Chromium names Chrome and Safari.
const PRODUCTS: [(&str, &str); 17] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("UCBrowser/", "UC Browser"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_big_browsers_are_told_apart() {
        for (text, name, version, system, system_version) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
                "Firefox",
                "132.0",
                "Linux",
                None,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
                "Chrome",
                "130.0.0.0",
                "Windows",
                None,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
                "Edge",
                "130.0.0.0",
                "Windows",
                None,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari",
                "18.1",
                "macOS",
                None,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
                "Safari",
                "17.6",
                "iOS",
                Some("17.6.1"),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/114.0.5735.99 Mobile/15E148 Safari/604.1",
                "Chrome",
                "114.0.5735.99",
                "iPadOS",
                Some("16.5"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
                "Samsung Internet",
                "26.0",
                "Android",
                Some("14"),
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
                "Opera",
                "115.0.0.0",
                "Chrome OS",
                None,
            ),
        ] {
            let parsed = UserAgent::parse(text);
            let product = parsed.product.as_ref().map(Product::parts);
            assert_eq!(product, Some((name, Some(version))), "{text}");
            let parsed_system = parsed.system.as_ref().map(Product::parts);
            assert_eq!(parsed_system, Some((system, system_version)), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_has_no_name() {
        for text in ["", "curl/8.5.0", "Mozilla/5.0", "Version/", "Über/1.0"] {
            assert_eq!(UserAgent::parse(text), UserAgent::default(), "{text}");
        }
        let cut = UserAgent::parse("Firefox/");
        assert_eq!(cut.product.map(|product| product.version), Some(None));
    }
}
