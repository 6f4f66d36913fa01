//! The limits of one project for many edges, in one place that leases parts of them.

use super::bucket::Bucket;
use super::message::{Amount, Message};
use super::{Limit, rates};
use crate::config::LimitsConfig;
use throughline_otlp::protobuf::DecodeError;

/// The limits of a project.
#[derive(Debug)]
pub(crate) struct Owner {
    buckets: Vec<(Limit, Bucket)>,
    senders: Vec<Sender>,
}

/// An edge that has asked.
#[derive(Debug)]
struct Sender {
    id: u64,
    /// The number of the last time.
    sequence: u64,
    /// When that was, in ns since the Unix epoch.
    at: u64,
}

impl Owner {
    /// One that has leased nothing yet.
    pub(crate) fn new(limits: &LimitsConfig) -> Self {
        Self {
            buckets: rates(limits)
                .map(|(limit, rate)| (limit, Bucket::full(rate)))
                .collect(),
            senders: Vec::new(),
        }
    }

    /// Takes what an edge has used beyond its leases, and leases what it wants, or some of it.
    ///
    /// # Errors
    /// [`DecodeError`]: the edge has sent something else.
    pub(crate) fn ask(
        &mut self,
        message: &[u8],
        now_unix_nano: u64,
    ) -> Result<Vec<u8>, DecodeError> {
        let ask = Message::decode(message)?;
        let is_new = self.is_new(ask.sender, ask.sequence, now_unix_nano);
        let amounts = ask.amounts.into_iter();
        let amounts = amounts.filter_map(|(limit, asked)| {
            let mut buckets = self.buckets.iter_mut();
            let (_, bucket) = buckets.find(|(of, _)| *of == limit)?;
            bucket.fill(now_unix_nano);
            if is_new {
                bucket.take(asked.used);
                bucket.put_back(asked.returned);
            }
            let mut amount = Amount::default();
            match bucket.wait() {
                // A part, because there are other edges; and more than nothing, as a batch passes
                // whole where there is anything.
                None => amount.leased = asked.wanted.min((bucket.left() / 2).max(1)),
                Some(wait) => {
                    amount.wait_nano = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
                }
            }
            bucket.take(amount.leased);
            Some((limit, amount))
        });
        let lease = Message {
            amounts: amounts.collect(),
            ..Message::default()
        };
        Ok(lease.encode())
    }

    /// Whether this did not come before.
    fn is_new(&mut self, sender: u64, sequence: u64, now_unix_nano: u64) -> bool {
        (self.senders).retain(|sender| now_unix_nano.abs_diff(sender.at) < FORGOTTEN_AFTER);
        let mut senders = self.senders.iter_mut();
        let Some(known) = senders.find(|known| known.id == sender) else {
            self.senders.push(Sender {
                id: sender,
                sequence,
                at: now_unix_nano,
            });
            return true;
        };
        let is_new = known.sequence < sequence;
        (known.sequence, known.at) = (sequence, now_unix_nano);
        is_new
    }
}

/// Longer than an edge asks the same again, in ns.
const FORGOTTEN_AFTER: u64 = 60_000_000_000;
