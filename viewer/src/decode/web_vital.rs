//! Reads a web vital from a log record.

use super::{Attributes, LogRecord};
use throughline_semconv::{
    BROWSER_DOCUMENT_URL_FULL, BROWSER_WEB_VITAL, BROWSER_WEB_VITAL_NAME, BROWSER_WEB_VITAL_VALUE,
    THROUGHLINE_DOCUMENT_URL_TEMPLATE, URL_FULL, URL_PATH, URL_TEMPLATE,
};

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WebVital {
    /// `cls`, `fcp`, `inp`, `lcp`, `ttfb`.
    pub(crate) name: String,
    /// Milliseconds, or the layout shift score.
    pub(crate) value: f64,
    /// The page's route, URL template or path.
    pub(crate) page: String,
}

impl WebVital {
    /// Reads a web vital; `None` when the record is something else.
    pub(crate) fn read(log: &LogRecord<'_>, resource: Attributes<'_>) -> Option<Self> {
        if log.event_name != BROWSER_WEB_VITAL {
            return None;
        }
        let attributes = log.attributes();
        Some(Self {
            name: attributes.text(BROWSER_WEB_VITAL_NAME)?.to_lowercase(),
            value: attributes.number(BROWSER_WEB_VITAL_VALUE)?,
            page: page(attributes)
                .or_else(|| page(resource))
                .unwrap_or_default(),
        })
    }
}

/// The page that attributes name: its route, URL template or path.
pub(crate) fn page(attributes: Attributes<'_>) -> Option<String> {
    let template = attributes
        .text(THROUGHLINE_DOCUMENT_URL_TEMPLATE)
        .or_else(|| attributes.text(URL_TEMPLATE))
        .or_else(|| attributes.text(URL_PATH));
    if let Some(template) = template {
        return Some(template.into_owned());
    }
    let url = attributes
        .text(BROWSER_DOCUMENT_URL_FULL)
        .or_else(|| attributes.text(URL_FULL))?;
    Some(path_of(&url).to_owned())
}

/// The path of an absolute URL; the whole text where it is none.
pub(crate) fn path_of(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else {
        return url;
    };
    let path = rest.find('/').map_or("/", |start| &rest[start..]);
    let end = path.find(['?', '#']).unwrap_or(path.len());
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_path_without_query_and_fragment() {
        let paths = [
            "https://shop.example/cart?x=1#top",
            "https://shop.example",
            "/cart",
        ]
        .map(path_of);
        assert_eq!(paths, ["/cart", "/", "/cart"]);
    }
}
