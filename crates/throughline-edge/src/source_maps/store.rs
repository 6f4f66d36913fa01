//! The store that the operator has chosen: a bucket of S3, or that of the host.

use super::SourceMaps;
use crate::host::{self, Host, IndexBytes, SourceMapKey, SourceMapsError};
use bytes::Bytes;
use core::ops::Range;

/// The store of an edge on a host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store<'s, H> {
    maps: &'s SourceMaps,
    host: &'s H,
}

impl<'s, H: Host> Store<'s, H> {
    pub(super) const fn new(maps: &'s SourceMaps, host: &'s H) -> Self {
        Self { maps, host }
    }

    pub(super) async fn read(
        self,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        use host::SourceMaps as _;
        match (&self.maps.0.bucket, self.host.source_maps()) {
            (Some(bucket), _) => bucket.read(self.host, key, range).await,
            (None, Some(store)) => store.read(key, range).await,
            (None, None) => Ok(None),
        }
    }

    pub(super) async fn put(self, key: &SourceMapKey, index: Bytes) -> Result<(), SourceMapsError> {
        use host::SourceMaps as _;
        match (&self.maps.0.bucket, self.host.source_maps()) {
            (Some(bucket), _) => bucket.put(self.host, key, index).await,
            (None, Some(store)) => store.put(key, index).await,
            (None, None) => Err(SourceMapsError("there is none".into())),
        }
    }

    pub(super) async fn contains(self, key: &SourceMapKey) -> Result<bool, SourceMapsError> {
        use host::SourceMaps as _;
        match (&self.maps.0.bucket, self.host.source_maps()) {
            (Some(bucket), _) => bucket.contains(self.host, key).await,
            (None, Some(store)) => store.contains(key).await,
            (None, None) => Ok(false),
        }
    }
}
