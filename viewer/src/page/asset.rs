//! The files of the viewer page, embedded in the program.

/// A file of the page.
pub(super) struct Asset {
    path: &'static str,
    pub(super) bytes: &'static [u8],
}

impl Asset {
    /// The media type, by the file name's extension.
    pub(super) fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}

/// The file at `path`.
pub(super) fn at(path: &str) -> Option<&'static Asset> {
    let path = path.strip_prefix("/viewer/")?;
    ASSETS.iter().find(|asset| asset.path == path)
}

/// Whether the page has a view at `path`.
pub(super) fn is_view(path: &str) -> bool {
    VIEWS.contains(&path)
        || path
            .strip_prefix("/trace/")
            .is_some_and(|trace_id| !trace_id.is_empty() && !trace_id.contains('/'))
}

/// The HTML document, the same at every path.
pub(super) const DOCUMENT: &[u8] = include_bytes!("../../page/index.html");
pub(super) const HTML: &str = "text/html; charset=utf-8";
const VIEWS: [&str; 11] = [
    "/",
    "/errors",
    "/vitals",
    "/logs",
    "/outcomes",
    "/routes",
    "/sessions",
    "/map",
    "/metrics",
    "/compare",
    "/add",
];

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        &[$(Asset { path: $path, bytes: include_bytes!(concat!("../../page/", $path)) }),*]
    };
}

const ASSETS: &[Asset] = embed![
    "add/first-event.js",
    "add/snippets.js",
    "add/view.js",
    "api.js",
    "app.js",
    "attributes.js",
    "breadcrumbs.js",
    "compare/model.js",
    "compare/picker.js",
    "compare/table.js",
    "compare/view.js",
    "completion.js",
    "dom.js",
    "empty.js",
    "errors/group.js",
    "errors/view.js",
    "exception.js",
    "favicon.svg",
    "focus.js",
    "format.js",
    "header.js",
    "keys.js",
    "log-record.js",
    "logs.js",
    "long-list.js",
    "long-text.js",
    "map/drawing.js",
    "map/layout.js",
    "map/view.js",
    "metrics/chart.js",
    "metrics/list.js",
    "metrics/one.js",
    "metrics/quantity.js",
    "metrics/view.js",
    "navigation.js",
    "older.js",
    "outcomes/cut.js",
    "outcomes/reasons.js",
    "outcomes/refused.js",
    "outcomes/summary.js",
    "outcomes/tables.js",
    "outcomes/view.js",
    "pause.js",
    "pointer.js",
    "report-filter.js",
    "routes/heat-map.js",
    "routes/table.js",
    "routes/view.js",
    "service-filter.js",
    "services.js",
    "sessions/axis.js",
    "sessions/view.js",
    "severity.js",
    "stream.js",
    "styles/add.css",
    "styles/base.css",
    "styles/compare.css",
    "styles/map.css",
    "styles/metrics.css",
    "styles/outcomes.css",
    "styles/panel.css",
    "styles/reports.css",
    "styles/routes.css",
    "styles/sessions.css",
    "styles/trace.css",
    "styles/traces.css",
    "throttle.js",
    "time-range.js",
    "trace/bars.js",
    "trace/clocks.js",
    "trace/critical-path.js",
    "trace/curl.js",
    "trace/cursor.js",
    "trace/find.js",
    "trace/heading.js",
    "trace/log-list.js",
    "trace/model.js",
    "trace/notices.js",
    "trace/overview.js",
    "trace/row.js",
    "trace/siblings-row.js",
    "trace/siblings.js",
    "trace/span-panel.js",
    "trace/time-axis.js",
    "trace/time-header.js",
    "trace/tree-lines.js",
    "trace/tree.js",
    "trace/view.js",
    "trace/waterfall.js",
    "traces/row.js",
    "traces/search-bar.js",
    "traces/view.js",
    "trend.js",
    "typed-term.js",
    "vital-parts.js",
    "vitals.js",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                files(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    /// A view that is reloaded, or opened by its address, is found.
    #[test]
    fn every_view_of_the_page_has_a_path() {
        let app = include_str!("../../page/app.js");
        let named: Vec<_> = (app.split("if (path === \"").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(named.len() > 5, "{named:?}");
        for path in named {
            assert!(is_view(path), "{path}");
        }
    }

    #[test]
    fn every_file_of_the_page_is_embedded() {
        let mut written = BTreeSet::new();
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("page"),
            "",
            &mut written,
        );
        // The document has its own constant; types are for the type checker.
        written.remove("index.html");
        written.remove("types.d.ts");
        written.remove("overviews.d.ts");
        written.remove("tsconfig.json");
        let embedded: BTreeSet<String> = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
        assert_eq!(embedded, written);
    }
}
