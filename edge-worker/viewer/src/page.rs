//! Which files make up the viewer page?

/// A file of the page.
pub(crate) struct Asset {
    path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// The file at `path`.
pub(crate) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// Whether the page has something to show at `path`.
pub(crate) fn is_view(path: &str) -> bool {
    VIEWS.contains(&path)
        || path
            .strip_prefix("/trace/")
            .is_some_and(|trace_id| !trace_id.is_empty())
}

/// The document, at whatever address the page is opened.
pub(crate) const DOCUMENT: &[u8] = include_bytes!("../page/index.html");
pub(crate) const HTML: &str = "text/html; charset=utf-8";
const VIEWS: [&str; 4] = ["/", "/errors", "/vitals", "/logs"];
const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[Asset] = &[Asset {
    path: "/viewer/app.js",
    content_type: SCRIPT,
    bytes: include_bytes!("../page/app.js"),
}];
