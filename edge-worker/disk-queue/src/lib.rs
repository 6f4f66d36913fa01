//! A log of messages in a directory, which survives the end of its process at any instant.
//!
//! ```text
//! directory/
//!   owner                                       locked by the one process that has it open
//!   0000000000000001-9f86d081884c7d65.segment   messages and acknowledgements, appended
//!   0000000000000a03-1b4f0e9851971998.segment   the newest one is written
//! ```
//!
//! A message gets the next sequence number and is appended to the newest segment as a
//! [`frame`]. It is stored once [`Log::put`] returns: file and directory are synced. An
//! acknowledgement is a frame too, with the sequences of messages that are done, in any order.
//! The oldest segment is removed once all of its messages are acknowledged; one in which few
//! are not is emptied by moving them to the newest.
//!
//! Delivery is at least once. What was acknowledged comes again after a crash of the process
//! only when [`Log::write_acknowledgements`] had not written it, or a sync failed since; after a
//! loss of power only when [`Log::sync`] had not synced it. A message whose `put` failed may come after a crash,
//! too: its bytes may have reached the disk.
//!
//! No thread is started and no clock is read. [`Log`] is driven by one thread; [`Reader`]s read
//! beside it.

mod directory;
mod file_system;
pub mod frame;
mod index;
mod log;
mod name;

pub use directory::{Directory, DirectoryError};
pub use file_system::{FileSystem, SegmentFile};
pub use index::{ReadError, Reader};
pub use log::{Limits, Log, LogError, PutError, Recovered};
