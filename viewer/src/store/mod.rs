//! The SQLite store of telemetry.
//!
//! One connection writes. A store in a file is read through a second one, so that a slow
//! search does not block writes (SQLite's write-ahead log). A store in memory has one
//! connection, locked for one query at a time.

mod digest;
mod eviction;
mod exception_rows;
mod intern;
mod log_rows;
mod metric_eviction;
mod metric_rows;
mod owner;
mod plausible;
mod releases;
mod resolutions;
mod schema;
pub(crate) mod search_index;
mod span_rows;
pub(crate) mod tally;

pub use eviction::Bounds;

use crate::changes::{Change, Changes, Events};
use eviction::StoreSize;
use owner::Owner;
use rusqlite::{Connection, OpenFlags};
use search_index::SearchIndex;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use throughline_otlp::protobuf::DecodeError;
use throughline_otlp::{Signal, canonical};

/// Telemetry in SQLite. Cloning is cheap: clones share one store, and any thread may use them.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Why the store did not open or did not store a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The bytes are not an OTLP export request. The sender is at fault; nothing was stored.
    #[error("not an OTLP export request: {0}")]
    Malformed(#[from] DecodeError),
    /// A span without valid ids. The sender is at fault; nothing was stored.
    #[error("a span's trace id or span id is missing, of the wrong length or all zero")]
    Identity,
    /// The file holds something else, or was written by another version. The operator is at fault.
    #[error(
        "the file is not a Throughline store of this version (found {found}, expected {expected}); choose another path, or remove the file"
    )]
    Foreign {
        /// The id or version in the file.
        found: i64,
        /// The id or version that this program writes.
        expected: i64,
    },
    /// Another store owns the file. The operator is at fault.
    #[error("{0} has it open; stop that one, or choose another file")]
    Owned(String),
    /// The file that names the owner cannot be used. The machine is at fault.
    #[error("cannot use {}, which says who has the store open: {error}", path.display())]
    Owner {
        /// The file that names the owner.
        path: PathBuf,
        /// Why it cannot be used.
        error: io::Error,
    },
    /// The folder of the file does not exist. The operator is at fault.
    #[error("there is no folder {}; create it, or choose another file", .0.display())]
    NoFolder(PathBuf),
    /// SQLite failed: disk full, file not writable. The machine is at fault.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

impl Store {
    /// Opens or creates a store in a file, with [`Bounds::IN_FILE`], or in memory for the path
    /// `:memory:`.
    ///
    /// One store at a time owns a file: it counts what the file holds, and two of them would
    /// evict each other's telemetry. A lock on the file `{path}-owner` holds this, also
    /// between processes; it ends with the process.
    ///
    /// # Errors
    /// [`StoreError::NoFolder`] when the file's folder does not exist,
    /// [`StoreError::Owned`] when another store owns the file, [`StoreError::Owner`] when
    /// that cannot be found out, [`StoreError::Foreign`] when the file is no store of this
    /// version, [`StoreError::Database`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if path == Path::new(IN_MEMORY) {
            return Self::in_memory();
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        if !folder.as_os_str().is_empty() && !folder.exists() {
            return Err(StoreError::NoFolder(folder.into()));
        }
        let owner = Owner::acquire(path)?;
        let open = || Connection::open_with_flags(path, FLAGS);
        let writer = schema::prepare(open()?)?;
        let reader = schema::configure_reader(open()?)?;
        Self::of(writer, Some(Mutex::new(reader)), Some(owner))
    }

    /// A store in memory, with [`Bounds::IN_MEMORY`].
    ///
    /// # Errors
    /// [`StoreError::Database`] when SQLite has no memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::of(schema::prepare(Connection::open_in_memory()?)?, None, None)
    }

    /// Sets the bounds, which hold from the next batch on.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        lock(&self.inner.writer).bounds = bounds;
        self
    }

    /// The bounds.
    pub fn bounds(&self) -> Bounds {
        lock(&self.inner.writer).bounds
    }

    /// Stores one `Export*ServiceRequest`; on failure, nothing of it.
    ///
    /// Sending a batch twice changes nothing, in whatever order the fields of its records are: a
    /// record that is stored already stays as it is, except a log record or data point without any time,
    /// which looks like the next one.
    /// Two different spans with one id are both stored. `received_at_unix_nano` is the time of
    /// log records and data points without one; spans with a time long before or after it are marked.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] and [`StoreError::Identity`] blame the sender,
    /// [`StoreError::Database`] the machine.
    pub fn append(
        &self,
        signal: Signal,
        export_request: &[u8],
        received_at_unix_nano: u64,
    ) -> Result<(), StoreError> {
        // Decoded before the lock is taken. Equal records have equal bytes then, whoever wrote them.
        let canonical = canonical(signal, export_request);
        let batch = match signal {
            Signal::Traces => Batch::Spans(span_rows::read(&canonical)?, received_at_unix_nano),
            Signal::Logs => Batch::Logs(log_rows::read(&canonical, received_at_unix_nano)?),
            Signal::Metrics => {
                Batch::Metrics(metric_rows::read(&canonical)?, received_at_unix_nano)
            }
        };
        let mut writer = lock(&self.inner.writer);
        // Held until the batch is there to be read: what the index lacks is found in the database.
        let mut index = self
            .inner
            .index
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let change = writer.write(&batch, &mut index)?;
        drop((index, writer));
        self.inner.changes.publish(&change);
        Ok(())
    }

    /// Marks a group of exceptions as resolved at a time; returns false where it has no exception.
    pub(crate) fn resolve(&self, fingerprint: i64, unix_nano: u64) -> rusqlite::Result<bool> {
        let time = stored_time(unix_nano);
        self.change_group(|connection| resolutions::resolve(connection, fingerprint, time))
    }

    /// Takes back that a group is resolved; returns false where it has no exception.
    pub(crate) fn reopen(&self, fingerprint: i64) -> rusqlite::Result<bool> {
        self.change_group(|connection| resolutions::reopen(connection, fingerprint))
    }

    /// Runs a query. Keep it short: it blocks writes to a store in memory.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        match &self.inner.reader {
            Some(reader) => in_snapshot(&lock(reader), query),
            None => query(&lock(&self.inner.writer).connection),
        }
    }

    /// Asks the index of values. Not to be called in [`Store::read`].
    pub(crate) fn find<T>(&self, find: impl FnOnce(&SearchIndex) -> T) -> rusqlite::Result<T> {
        let poisoned = PoisonError::into_inner;
        let index = &self.inner.index;
        if let Some(reader) = &self.inner.reader
            && !index.read().unwrap_or_else(poisoned).is_complete()
        {
            let reader = lock(reader);
            let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
            index.complete(&reader)?;
        }
        Ok(find(&index.read().unwrap_or_else(poisoned)))
    }

    /// Subscribes to changes from now on.
    pub(crate) fn subscribe(&self) -> Events {
        self.inner.changes.subscribe()
    }

    /// The store's size and its bounds.
    pub(crate) fn size(&self) -> (StoreSize, Bounds) {
        let writer = lock(&self.inner.writer);
        (writer.size, writer.bounds)
    }

    /// Writes to a group of exceptions, and notifies open pages.
    fn change_group(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<bool> {
        let mut writer = lock(&self.inner.writer);
        let transaction = writer.connection.transaction()?;
        let is_stored = write(&transaction)?;
        transaction.commit()?;
        drop(writer);
        self.inner.changes.publish(&Change {
            exceptions: is_stored,
            ..Change::default()
        });
        Ok(is_stored)
    }

    fn of(
        connection: Connection,
        reader: Option<Mutex<Connection>>,
        owner: Option<Owner>,
    ) -> Result<Self, StoreError> {
        log_rows::date_traces(&connection)?;
        let size = StoreSize::count(&connection)?;
        let (index, bounds) = match reader {
            Some(_) => (SearchIndex::default(), Bounds::IN_FILE),
            None => (SearchIndex::of_nothing(), Bounds::IN_MEMORY),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                writer: Mutex::new(Writer {
                    connection,
                    size,
                    bounds,
                }),
                reader,
                index: RwLock::new(index),
                changes: Changes::default(),
                _owner: owner,
            }),
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

struct Inner {
    writer: Mutex<Writer>,
    reader: Option<Mutex<Connection>>,
    index: RwLock<SearchIndex>,
    changes: Changes,
    _owner: Option<Owner>,
}

struct Writer {
    connection: Connection,
    size: StoreSize,
    bounds: Bounds,
}

enum Batch<'a> {
    /// The spans, and the time at which they were received.
    Spans(Vec<span_rows::SpanRow<'a>>, u64),
    Logs(Vec<log_rows::LogRow<'a>>),
    /// The metrics, and the time at which they were received.
    Metrics(Vec<metric_rows::MetricRow<'a>>, u64),
}

impl Writer {
    fn write(&mut self, batch: &Batch<'_>, index: &mut SearchIndex) -> rusqlite::Result<Change> {
        let transaction = self.connection.transaction()?;
        let mut size = self.size;
        let mut change = match batch {
            Batch::Spans(rows, received_at) => {
                span_rows::insert(&transaction, rows, *received_at, &mut size, index)?
            }
            Batch::Logs(rows) => log_rows::insert(&transaction, rows, &mut size, index)?,
            Batch::Metrics(rows, received_at) => {
                metric_rows::insert(&transaction, rows, *received_at, &mut size)?
            }
        };
        let evicted = eviction::evict(&transaction, &mut size, self.bounds)?;
        transaction.commit()?;
        // Not before: what is rolled back is there still.
        evicted
            .traces
            .iter()
            .for_each(|trace_id| index.remove(trace_id));
        evicted.untraced.iter().for_each(|id| index.remove_log(*id));
        change.evicted = evicted.is_any();
        self.size = size;
        Ok(change)
    }
}

/// Runs a query on a snapshot, so that concurrent writes do not change it.
fn in_snapshot<T>(
    connection: &Connection,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let result = query(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// Now, in ns since the Unix epoch.
pub(crate) fn unix_nano_now() -> u64 {
    let now = jiff::Timestamp::now().as_nanosecond();
    now.try_into().unwrap_or_default()
}

/// A time as SQLite can store it.
fn stored_time(unix_nano: u64) -> i64 {
    i64::try_from(unix_nano).unwrap_or(i64::MAX)
}

/// A panic rolls the transaction back, so the store is consistent and poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SQLite's name of a database in memory.
const IN_MEMORY: &str = ":memory:";
/// SQLite's defaults, except that a name is never an address: `file:` has no meaning in it.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE
    .union(OpenFlags::SQLITE_OPEN_CREATE)
    .union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
