//! Makes the index of a script from its source map, in JavaScript: the WebAssembly module of
//! `npm/vite-plugin`, whose `src/sourcemaps.ts` calls it.

use serde_json::json;
use throughline_sourcemap::write::{Functions, Index, Summary, WriteError, create_index};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// An index, with what is in it.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen(js_name = Made))]
pub struct Made(Index);

/// Makes the index of a script. Both texts are UTF-8.
///
/// # Errors
/// The message of [`WriteError`].
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen(js_name = createIndex)]
pub fn create(map: &[u8], script: Option<Vec<u8>>) -> Result<Made, JsError> {
    make(map, script.as_deref()).map_err(|error| JsError::new(&error.to_string()))
}

/// Makes the index of a script.
///
/// # Errors
/// [`WriteError`]: there is no index.
pub fn make(map: &[u8], script: Option<&[u8]>) -> Result<Made, WriteError> {
    create_index(map, script).map(Made)
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen(js_class = Made))]
impl Made {
    /// The index itself; it can be taken once.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0.bytes)
    }

    /// The debug id, which names the script.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen(js_name = debugId))]
    pub fn debug_id(&self) -> String {
        self.0.debug_id.to_string()
    }

    /// The content of the index, as JSON: the type `IndexSummary` of the plugin.
    pub fn summary(&self) -> String {
        format(&self.0.summary)
    }
}

fn format(summary: &Summary) -> String {
    let (functions, without) = match &summary.functions {
        Functions::Found(found) => (*found, None),
        Functions::Unparsable(message) => (0, Some(message.as_str())),
        _ => (0, Some("there is no script")),
    };
    json!({
        "mappings": summary.mappings,
        "sources": summary.sources,
        "sourcesWithContent": summary.sources_with_content,
        "ignoredSources": summary.ignored_sources,
        "functions": functions,
        "withoutFunctions": without,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::make;

    #[test]
    fn an_index_says_what_is_in_it() {
        let map = br#"{"version":3,"sources":["a.ts"],"names":["add"],"mappings":"AAAA,SAASA",
            "debugId":"85314830-023F-4cf1-a267-535f4e37bb17"}"#;
        let mut made = make(map, Some(b"function a(){}")).unwrap();
        assert_eq!(made.debug_id(), "85314830-023f-4cf1-a267-535f4e37bb17");
        // Another crate of the workspace may have JSON keep the order of its members.
        let summary: serde_json::Value = serde_json::from_str(&made.summary()).unwrap();
        assert_eq!(
            summary,
            serde_json::json!({
                "functions": 1, "ignoredSources": 0, "mappings": 2, "sources": 1,
                "sourcesWithContent": 0, "withoutFunctions": null,
            })
        );
        assert!(made.take().starts_with(b"TLSM"));
        let without = make(map, None).unwrap().summary();
        assert!(without.contains("there is no script"), "{without}");
    }
}
