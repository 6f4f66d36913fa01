//! Records on their way through topics that many machines share.
//!
//! ```text
//! any machine:     receivers ─► pass ─► messages of one trace each ─► topics of Kafka
//! one machine      topics ─► Partition ─► decisions ─► a transaction ─► backends
//! per partition:                                         │
//!                         decisions, how far records have ended, and their account
//! ```
//!
//! A message is put into the topic of its signal with the trace as its key, so that all records of
//! a trace come to one partition, and a [`Partition`] judges and exports them on one machine.
//! Nothing is taken out of a topic before it has ended: what a machine loses, the next one takes
//! again. What was decided is stored before anything is exported by it, together with how far
//! records have ended and an account of how, so that a trace is not decided twice and no record is
//! counted twice, however often it is taken.

mod account;
mod decisions;
mod lag;
mod partition;
mod progress;
mod publish;
mod step;
mod take;

pub use account::{Account, AccountError};
pub use lag::PartitionLag;
pub(crate) use lag::{CoreLags, LAG_HELP, MachineLags};
pub use partition::{Message, Partition, Stored};
pub use progress::Commit;
pub(crate) use publish::{Published, publish};

use throughline_otlp::Signal;

/// A number for each signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BySignal<T>([T; 3]);

impl<T: Copy> BySignal<T> {
    pub(crate) const fn get(&self, signal: Signal) -> T {
        self.0[position(signal)]
    }

    const fn set(&mut self, signal: Signal, value: T) {
        self.0[position(signal)] = value;
    }
}

const fn position(signal: Signal) -> usize {
    match signal {
        Signal::Traces => 0,
        Signal::Logs => 1,
        Signal::Metrics => 2,
    }
}

/// Every signal, in the order of their positions.
pub(crate) const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];
