//! User-agent client hints: <https://wicg.github.io/ua-client-hints/>.

use super::header;
use super::user_agent::Product;
use http::header::HeaderMap;

/// The values of the `Sec-CH-UA-*` headers of a request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Hints {
    pub(super) brands: Vec<Brand>,
    /// `Sec-CH-UA-Full-Version-List`.
    full: Vec<Brand>,
    pub(super) is_mobile: Option<bool>,
    pub(super) platform: Option<String>,
    platform_version: Option<String>,
}

/// A brand and its version.
#[derive(Debug, PartialEq)]
pub(super) struct Brand {
    pub(super) name: String,
    pub(super) version: String,
}

impl Hints {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = |name| {
            let value = header(headers, name)?;
            let (text, _) = quoted(&value)?;
            (!text.is_empty()).then_some(text)
        };
        let list = |name| header(headers, name).map(|value| brands(&value));
        let is_mobile = match header(headers, "sec-ch-ua-mobile").as_deref() {
            Some("?1") => Some(true),
            Some("?0") => Some(false),
            _ => None,
        };
        Self {
            brands: list("sec-ch-ua").unwrap_or_default(),
            full: list("sec-ch-ua-full-version-list").unwrap_or_default(),
            is_mobile,
            platform: text("sec-ch-ua-platform"),
            platform_version: text("sec-ch-ua-platform-version"),
        }
    }

    /// The browser: of several brands the one that is neither the engine's nor made up.
    pub(super) fn product(&self) -> Option<Product> {
        let brands = if self.full.is_empty() {
            &self.brands
        } else {
            &self.full
        };
        let is_real = |brand: &&Brand| !is_made_up(&brand.name);
        let brand = brands
            .iter()
            .filter(is_real)
            .find(|brand| brand.name != "Chromium")
            .or_else(|| brands.iter().find(is_real))?;
        Some(Product {
            name: match brand.name.as_str() {
                "Google Chrome" => "Chrome".into(),
                "Microsoft Edge" => "Edge".into(),
                name => name.to_owned().into(),
            },
            version: Some(brand.version.clone()).filter(|version| !version.is_empty()),
        })
    }

    pub(super) fn system(&self) -> Option<Product> {
        let platform = self.platform.clone().filter(|name| name != "Unknown")?;
        Some(Product {
            name: platform.into(),
            version: self.platform_version.clone(),
        })
    }
}

/// Whether a brand is there to keep servers from counting on the list:
/// <https://wicg.github.io/ua-client-hints/#grease>.
fn is_made_up(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    letters.eq_ignore_ascii_case("NotABrand") || letters.eq_ignore_ascii_case("NotBrand")
}

/// The members of a list such as `"Chromium";v="130", "Google Chrome";v="130"`.
fn brands(list: &str) -> Vec<Brand> {
    let mut brands = Vec::new();
    let mut rest = list;
    while brands.len() < MOST_BRANDS {
        let Some((name, after)) = quoted(rest) else {
            break;
        };
        let version = after.trim_start().strip_prefix(";v=").and_then(quoted);
        let (version, after) = version.unwrap_or((String::new(), after));
        brands.push(Brand { name, version });
        match after.split_once(',') {
            Some((_, next)) => rest = next,
            None => break,
        }
    }
    brands
}

/// A string in quotes, and what follows it:
/// <https://www.rfc-editor.org/rfc/rfc9651#section-4.2.5>.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, inner.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// Brands that are read of a list.
const MOST_BRANDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn hints(pairs: &[(&'static str, &str)]) -> Hints {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        Hints::read(&headers)
    }

    fn product(list: &str) -> Option<(String, Option<String>)> {
        let product = hints(&[("sec-ch-ua", list)]).product()?;
        Some((product.name.into_owned(), product.version))
    }

    #[test]
    fn the_browser_is_neither_the_engine_nor_made_up() {
        for (list, name, version) in [
            (
                r#""Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99""#,
                "Chrome",
                "130",
            ),
            (
                r#""Not)A;Brand";v="99", "Microsoft Edge";v="129", "Chromium";v="129""#,
                "Edge",
                "129",
            ),
            (
                r#""Chromium";v="128", "Not A(Brand";v="24""#,
                "Chromium",
                "128",
            ),
            (r#""Brave";v="1", "Chromium";v="2""#, "Brave", "1"),
            (r#""A \"quoted\" one";v="3""#, "A \"quoted\" one", "3"),
        ] {
            assert_eq!(product(list), Some((name.into(), Some(version.into()))));
        }
        assert_eq!(product(r#""Not A Brand";v="99""#), None);
        assert_eq!(product("Chromium"), None);
    }

    #[test]
    fn the_full_version_is_taken_where_it_is_sent() {
        let hints = hints(&[
            ("sec-ch-ua", r#""Google Chrome";v="130""#),
            (
                "sec-ch-ua-full-version-list",
                r#""Google Chrome";v="130.0.6723.70""#,
            ),
            ("sec-ch-ua-mobile", "?1"),
            ("sec-ch-ua-platform", "\"Android\""),
            ("sec-ch-ua-platform-version", "\"14.0.0\""),
        ]);
        let product = hints.product().expect("a browser");
        assert_eq!(product.version.as_deref(), Some("130.0.6723.70"));
        let system = hints.system().expect("a system");
        assert_eq!(
            (&*system.name, system.version.as_deref()),
            ("Android", Some("14.0.0"))
        );
        assert_eq!(hints.is_mobile, Some(true));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\",;=v\\\\ a1]{0,30}|\\PC{0,30}") {
            prop_assert!(brands(&text).len() <= MOST_BRANDS);
        }
    }
}
