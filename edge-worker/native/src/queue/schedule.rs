//! The messages that are to be delivered, and when.

use super::lock;
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The messages that no core delivers at the moment. All cores take from it.
#[derive(Debug)]
pub(super) struct Schedule {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Messages that were not delivered yet, oldest first.
    fresh: VecDeque<u64>,
    /// Messages that are delivered again, with how often they were delivered before.
    again: BTreeMap<(Instant, u64), u32>,
    /// Whether the last one that was taken had been delivered before.
    took_again: bool,
    is_ended: bool,
}

/// A message to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) sequence: u64,
    /// How often it was delivered before.
    pub(super) attempt: u32,
}

impl Schedule {
    pub(super) fn new(sequences: Vec<u64>) -> Self {
        let waiting = Waiting {
            fresh: sequences.into(),
            ..Waiting::default()
        };
        Self {
            waiting: Mutex::new(waiting),
            changed: Notify::new(),
        }
    }

    /// Adds a message that was stored.
    pub(super) fn add(&self, sequence: u64) {
        lock(&self.waiting).fresh.push_back(sequence);
        self.changed.notify_one();
    }

    /// Adds a message that is to be delivered again, not before some time has passed.
    pub(super) fn add_again(&self, due: Due, after: Duration) {
        let when = Instant::now() + after.min(LONGEST);
        let mut waiting = lock(&self.waiting);
        waiting.again.insert((when, due.sequence), due.attempt);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Lets nobody take messages any more.
    pub(super) fn end(&self) {
        lock(&self.waiting).is_ended = true;
        self.changed.notify_waiters();
    }

    /// Waits for a message and takes it; `None` once deliveries have ended.
    pub(super) async fn next(&self) -> Option<Due> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // Registered before the look, so that no change is missed.
            changed.as_mut().enable();
            let (due, next) = {
                let mut waiting = lock(&self.waiting);
                if waiting.is_ended {
                    return None;
                }
                let due = waiting.take(Instant::now());
                (due, waiting.next_instant())
            };
            if due.is_some() {
                // There may be more, for another core.
                self.changed.notify_one();
                return due;
            }
            match next {
                None => changed.await,
                Some(when) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(when) => {}
                },
            }
        }
    }
}

impl Waiting {
    /// Takes a message that is due. New ones and those that are delivered again take turns, so
    /// that what waits for one backend does not hold up the others.
    fn take(&mut self, now: Instant) -> Option<Due> {
        let is_due = |waiting: &Self| {
            let first = waiting.again.first_key_value();
            first.is_some_and(|((when, _), _)| *when <= now)
        };
        let again = is_due(self) && (!self.took_again || self.fresh.is_empty());
        self.took_again = again;
        if again {
            let ((_, sequence), attempt) = self.again.pop_first()?;
            return Some(Due { sequence, attempt });
        }
        let sequence = self.fresh.pop_front()?;
        Some(Due {
            sequence,
            attempt: 0,
        })
    }

    fn next_instant(&self) -> Option<Instant> {
        let first = self.again.first_key_value();
        first.map(|((when, _), _)| *when)
    }
}

/// The longest time that a message waits, whatever a backend wants.
const LONGEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    fn due(sequence: u64, attempt: u32) -> Due {
        Due { sequence, attempt }
    }

    #[tokio::test(start_paused = true)]
    async fn new_messages_and_those_that_are_due_again_take_turns() {
        let schedule = Schedule::new(vec![1, 2]);
        schedule.add(3);
        schedule.add_again(due(7, 1), Duration::ZERO);
        schedule.add_again(due(8, 1), Duration::ZERO);
        schedule.add_again(due(9, 4), Duration::from_secs(60));
        let mut taken = Vec::new();
        for _ in 0..5 {
            taken.push(schedule.next().await.expect("it has not ended").sequence);
        }
        assert_eq!(taken, [7, 1, 8, 2, 3]);
        let before = Instant::now();
        assert_eq!(schedule.next().await, Some(due(9, 4)));
        let waited = before.elapsed();
        assert!(waited >= Duration::from_secs(60), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_wait_are_told_of_messages_and_of_the_end() {
        let schedule = Schedule::new(Vec::new());
        let tell = async {
            schedule.add(1);
            schedule.add(2);
        };
        let (first, second, ()) = tokio::join!(schedule.next(), schedule.next(), tell);
        let taken = [first, second].map(|due| due.expect("it has not ended").sequence);
        assert!(taken == [1, 2] || taken == [2, 1], "{taken:?}");
        schedule.add(3);
        let end = async { schedule.end() };
        let third = schedule.next().await;
        let (fourth, fifth, ()) = tokio::join!(schedule.next(), schedule.next(), end);
        assert_eq!((third, fourth, fifth), (Some(due(3, 0)), None, None));
    }
}
