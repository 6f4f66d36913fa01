//! The limits of one project for many edges, in one place that leases parts of them.

use super::bucket::Bucket;
use super::message::{Amount, Message};
use super::{Limit, rates};
use crate::config::LimitsConfig;
use core::cmp::Ordering;
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
    /// The response, for an edge that did not get it and asks the same again.
    response: Vec<u8>,
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
        if let Some(response) = self.known(&ask, now_unix_nano) {
            return Ok(response);
        }
        let (sender, sequence) = (ask.sender, ask.sequence);
        let amounts = ask.parts.into_iter();
        let amounts = amounts.filter_map(|(limit, asked)| {
            let mut buckets = self.buckets.iter_mut();
            let (_, bucket) = buckets.find(|(of, _)| *of == limit)?;
            bucket.fill(now_unix_nano);
            bucket.take(asked.used);
            bucket.put_back(asked.returned);
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
            parts: amounts.collect(),
            ..Message::default()
        };
        let response = lease.encode();
        self.senders.retain(|known| known.id != sender);
        self.senders.push(Sender {
            id: sender,
            sequence,
            at: now_unix_nano,
            response: response.clone(),
        });
        Ok(response)
    }

    /// The response to what came before: that of then to the last ask, and nothing to one before it,
    /// whose edge no longer waits.
    fn known(&mut self, ask: &Message, now_unix_nano: u64) -> Option<Vec<u8>> {
        (self.senders).retain(|sender| now_unix_nano.abs_diff(sender.at) < FORGOTTEN_AFTER);
        let mut senders = self.senders.iter_mut();
        let known = senders.find(|known| known.id == ask.sender)?;
        match ask.sequence.cmp(&known.sequence) {
            Ordering::Greater => None,
            Ordering::Equal => {
                known.at = now_unix_nano;
                Some(known.response.clone())
            }
            Ordering::Less => Some(Vec::new()),
        }
    }
}

/// Longer than an edge asks the same again, in ns.
const FORGOTTEN_AFTER: u64 = 60_000_000_000;

#[cfg(test)]
mod tests {
    use super::super::Unit;
    use super::*;
    use throughline_otlp::Signal;

    const LIMIT: Limit = (Signal::Traces, Unit::Records);

    fn ask(owner: &mut Owner, sequence: u64) -> Option<u64> {
        let amount = Amount {
            wanted: 100,
            ..Amount::default()
        };
        let ask = Message {
            sender: 1,
            sequence,
            parts: vec![(LIMIT, amount)],
        };
        let response = owner.ask(&ask.encode(), 1).expect("a message");
        let leases = Message::decode(&response).expect("a message");
        leases.parts.first().map(|(_, amount)| amount.leased)
    }

    #[test]
    fn the_same_ask_leases_once_and_an_older_one_nothing() {
        let mut owner = Owner::new(&LimitsConfig {
            spans_per_second: Some(1_000),
            ..LimitsConfig::default()
        });
        assert_eq!(ask(&mut owner, 1), Some(100));
        assert_eq!(ask(&mut owner, 2), Some(100));
        assert_eq!(ask(&mut owner, 2), Some(100));
        assert_eq!(ask(&mut owner, 1), None);
        assert_eq!(ask(&mut owner, 2), Some(100), "not new after an older one");
        let left = owner.buckets.first().map(|(_, bucket)| bucket.left());
        assert_eq!(left, Some(800));
    }
}
