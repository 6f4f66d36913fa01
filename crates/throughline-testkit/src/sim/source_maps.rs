//! A store of source maps in memory, with faults.

use super::executor::Executor;
use bytes::Bytes;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::host::{IndexBytes, SourceMapKey, SourceMaps, SourceMapsError};

/// A store of source maps. Cloning gives the same.
#[derive(Clone, Default)]
pub struct SimSourceMaps(Rc<State>);

#[derive(Default)]
struct State {
    indexes: RefCell<BTreeMap<String, (u64, Bytes)>>,
    fault: Cell<Option<StoreFault>>,
    /// How long it takes to respond, by this clock.
    latency: RefCell<Option<(Executor, Duration)>>,
    reads: RefCell<Vec<(String, Range<u64>)>>,
    puts: Cell<u64>,
}

/// A fault of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// Whatever it is asked fails.
    Fails,
    /// Nothing is heard of it for ever.
    Hangs,
}

impl SimSourceMaps {
    /// From now on the store has this fault, or none.
    pub fn set_fault(&self, fault: Option<StoreFault>) {
        self.0.fault.set(fault);
    }

    /// From now on each response takes so long.
    pub fn respond_after(&self, executor: &Executor, latency: Duration) {
        *self.0.latency.borrow_mut() = Some((executor.clone(), latency));
    }

    /// Puts any bytes under a key, as nobody may by an upload.
    pub fn set(&self, key: &str, index: Bytes) {
        let version = self.0.puts.get() + 1;
        self.0.puts.set(version);
        let mut indexes = self.0.indexes.borrow_mut();
        indexes.insert(key.to_owned(), (version, index));
    }

    /// The bytes under a key.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        let indexes = self.0.indexes.borrow();
        indexes.get(key).map(|(_, index)| index.clone())
    }

    /// The keys that have an index.
    pub fn keys(&self) -> Vec<String> {
        self.0.indexes.borrow().keys().cloned().collect()
    }

    /// The reads since the last time.
    pub fn take_reads(&self) -> Vec<(String, Range<u64>)> {
        self.0.reads.take()
    }

    async fn fault(&self) -> Result<(), SourceMapsError> {
        let latency = self.0.latency.borrow().clone();
        if let Some((executor, latency)) = latency {
            executor.sleep(latency).await;
        }
        match self.0.fault.get() {
            None => Ok(()),
            Some(StoreFault::Fails) => Err(SourceMapsError("out of order".into())),
            Some(StoreFault::Hangs) => core::future::pending().await,
        }
    }
}

impl SourceMaps for SimSourceMaps {
    const NO_DIRECTORY: Option<&'static str> = None;
    const WANTED: &'static str = "a store";

    async fn read(
        &self,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        let read = (key.as_str().to_owned(), range.clone());
        self.0.reads.borrow_mut().push(read);
        self.fault().await?;
        let indexes = self.0.indexes.borrow();
        Ok(indexes.get(key.as_str()).map(|(version, index)| {
            let [start, end] = [range.start, range.end]
                .map(|at| usize::try_from(at).map_or(index.len(), |at| at.min(index.len())));
            IndexBytes {
                bytes: index.slice(start.min(end)..end),
                version: version.to_string().into(),
            }
        }))
    }

    async fn put(&self, key: &SourceMapKey, index: Bytes) -> Result<(), SourceMapsError> {
        self.fault().await?;
        self.set(key.as_str(), index);
        Ok(())
    }

    async fn contains(&self, key: &SourceMapKey) -> Result<bool, SourceMapsError> {
        self.fault().await?;
        Ok(self.0.indexes.borrow().contains_key(key.as_str()))
    }
}
