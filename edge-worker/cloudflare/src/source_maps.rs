//! The indexes of source maps in a bucket of R2.

use crate::body::message;
use crate::platform::IndexBucket;
use bytes::Bytes;
use core::ops::Range;
use throughline_edge::host::{IndexBytes, SourceMapKey, SourceMaps, SourceMapsError};
use worker::js_sys::{Array, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;

/// The bucket that is bound.
#[derive(Debug, Clone)]
pub struct SourceMapBucket(pub(crate) JsValue);

impl SourceMaps for SourceMapBucket {
    const NO_DIRECTORY: Option<&'static str> = Some(
        "a Worker has no disk: bind the R2 bucket THROUGHLINE_SOURCEMAPS as wrangler.jsonc does",
    );
    const WANTED: &'static str = "an R2 bucket that is bound as THROUGHLINE_SOURCEMAPS";

    async fn read(
        &self,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        let length = range.end.saturating_sub(range.start);
        let read = IndexBucket::read(&self.0, key.as_str(), range.start as f64, length as f64);
        let read = JsFuture::from(read)
            .await
            .map_err(|thrown| failed(&thrown))?;
        // Null where there is no object, or the bytes with their version.
        let Some(read) = read.dyn_ref::<Array>() else {
            return Ok(None);
        };
        Ok(Some(IndexBytes {
            bytes: Uint8Array::new(&read.get(0)).to_vec().into(),
            version: read.get(1).as_string().unwrap_or_default().into(),
        }))
    }

    async fn put(&self, key: &SourceMapKey, index: Bytes) -> Result<(), SourceMapsError> {
        let put = IndexBucket::put(&self.0, key.as_str(), &Uint8Array::from(&index[..]));
        let put = JsFuture::from(put).await;
        put.map(|_| ()).map_err(|thrown| failed(&thrown))
    }

    async fn contains(&self, key: &SourceMapKey) -> Result<bool, SourceMapsError> {
        let found = JsFuture::from(IndexBucket::contains(&self.0, key.as_str())).await;
        found
            .map(|found| found.is_truthy())
            .map_err(|thrown| failed(&thrown))
    }
}

fn failed(thrown: &JsValue) -> SourceMapsError {
    SourceMapsError(format!("its bucket: {}", message(thrown)).into())
}
