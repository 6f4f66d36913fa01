//! Estimates the offsets of senders' clocks from the host's, session by session.
//!
//! The time between sending and receiving a request is the difference of the two clocks and
//! the request's own delay, which is never negative. So the least of several is the best
//! estimate of the difference, and one that is negative is a clock that is ahead. A clock that
//! is behind looks like a delay, for example of a request that was sent again: it is believed
//! when two requests of a session agree, or when it is more than any sender waits.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The clocks of the sessions that sent something of late. Cores share them; cloning gives the
/// same.
#[derive(Debug, Clone)]
pub(crate) struct ClockOffsets {
    known: Arc<Mutex<Known>>,
    /// The smallest offset, in ms; 0 for none.
    least: i64,
}

/// Two generations: the older one is forgotten when the newer one is full.
#[derive(Debug, Default)]
struct Known {
    newer: HashMap<Box<[u8]>, Session>,
    older: HashMap<Box<[u8]>, Session>,
}

/// The clock of one session.
#[derive(Debug, Default)]
struct Session {
    /// The last differences of received and sent, in ms.
    differences: VecDeque<i64>,
    /// The offset in use, in ms.
    offset: i64,
}

impl ClockOffsets {
    /// Clocks of which none is known. `least` is the smallest offset, in ms; 0 for none.
    pub(crate) fn new(least: u64) -> Self {
        Self {
            known: Arc::default(),
            least: i64::try_from(least).unwrap_or(i64::MAX),
        }
    }

    /// The same clocks with another smallest offset.
    pub(crate) fn with_least(&self, least: u64) -> Self {
        Self {
            known: Arc::clone(&self.known),
            ..Self::new(least)
        }
    }

    /// The time in ms by which the times of a request are to be moved, 0 for not at all.
    /// `session` is the project and the session in it; without one the request stands alone.
    pub(crate) fn observe(
        &self,
        session: Option<(&str, &[u8])>,
        sent_unix_nano: u64,
        received_unix_nano: u64,
    ) -> i64 {
        let difference = millis(received_unix_nano) - millis(sent_unix_nano);
        let least = self.least;
        if least == 0 {
            return 0;
        }
        match session {
            Some((project, session)) if session.len() <= LONGEST_SESSION => {
                let id = [project.as_bytes(), b"\0", session].concat();
                self.lock().session(&id).observe(difference, least)
            }
            _ => Session::default().observe(difference, least),
        }
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn session(&mut self, id: &[u8]) -> &mut Session {
        if self.newer.len() >= MOST_SESSIONS / 2 && !self.newer.contains_key(id) {
            self.older = core::mem::take(&mut self.newer);
        }
        let known = self.older.remove(id);
        let session = self.newer.entry(id.into()).or_default();
        if let Some(known) = known {
            *session = known;
        }
        session
    }
}

impl Session {
    fn observe(&mut self, difference: i64, least: i64) -> i64 {
        if self.differences.len() >= REMEMBERED {
            self.differences.pop_front();
        }
        self.differences.push_back(difference);
        let estimate = self.differences.iter().copied().min().unwrap_or(difference);
        let agreeing = (self.differences.iter())
            .filter(|other| **other - estimate <= least)
            .count();
        let is_certain = estimate < 0 || agreeing > 1 || estimate >= LONGEST_DELAY;
        if !is_certain || estimate.abs() <= least {
            self.offset = 0;
        } else if (estimate - self.offset).abs() > JITTER {
            // Smaller changes would move the records of a session against each other.
            self.offset = estimate;
        }
        self.offset
    }
}

fn millis(unix_nano: u64) -> i64 {
    (unix_nano / 1_000_000).cast_signed()
}

/// Differences of a session that are remembered: a clock that was set has its new offset after
/// as many requests.
const REMEMBERED: usize = 8;
/// Sessions that are remembered.
const MOST_SESSIONS: usize = 20_000;
/// Bytes of a session's id.
const LONGEST_SESSION: usize = 200;
/// 55 minutes in ms, after <https://github.com/getsentry/relay>. The package's last retry is
/// earlier.
const LONGEST_DELAY: i64 = 55 * 60_000;
/// In ms.
const JITTER: i64 = 250;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_794_657_600_000_000_000;

    /// The offset after a request that took `delay` ms from a clock that is `ahead` ms ahead.
    fn observe(offsets: &ClockOffsets, session: &str, ahead: i64, delay: u64) -> i64 {
        let sent = NOW.saturating_add_signed(ahead * 1_000_000);
        let received = NOW + delay * 1_000_000;
        let session = (!session.is_empty()).then_some(("shop", session.as_bytes()));
        offsets.observe(session, sent, received)
    }

    #[test]
    fn a_clock_that_is_ahead_is_known_at_once() {
        let offsets = ClockOffsets::new(5_000);
        assert_eq!(observe(&offsets, "a", 60_000, 100), -59_900);
        // A faster request knows it better, a slower one does not matter.
        assert_eq!(observe(&offsets, "a", 60_000, 20), -59_900);
        assert_eq!(observe(&offsets, "a", 60_000, 3_000), -59_900);
        assert_eq!(observe(&offsets, "b", 4_000, 0), 0);
        assert_eq!(observe(&offsets, "", 60_000, 0), -60_000);
    }

    #[test]
    fn a_clock_that_is_behind_is_believed_when_two_requests_agree() {
        let offsets = ClockOffsets::new(5_000);
        assert_eq!(observe(&offsets, "a", -60_000, 0), 0);
        assert_eq!(observe(&offsets, "a", -60_000, 50), 60_000);
        // A request that was sent again after a minute.
        assert_eq!(observe(&offsets, "b", 0, 20), 0);
        assert_eq!(observe(&offsets, "b", 0, 60_000), 0);
        assert_eq!(observe(&offsets, "c", 0, 60_000), 0);
        assert_eq!(observe(&offsets, "c", 0, 20), 0);
        // A delay that is longer than any sender waits.
        assert_eq!(observe(&offsets, "", -3_600_000, 0), 3_600_000);
        assert_eq!(observe(&offsets, "", -60_000, 0), 0);
    }

    #[test]
    fn a_clock_that_was_set_right_is_not_corrected_for_long() {
        let offsets = ClockOffsets::new(5_000);
        assert_eq!(observe(&offsets, "a", 60_000, 0), -60_000);
        for _ in 1..REMEMBERED {
            observe(&offsets, "a", 0, 0);
        }
        assert_eq!(observe(&offsets, "a", 0, 0), 0);
    }

    #[test]
    fn no_more_sessions_are_remembered_than_there_is_room_for() {
        let offsets = ClockOffsets::new(5_000);
        for session in 0..3 * MOST_SESSIONS {
            observe(&offsets, &session.to_string(), 0, 0);
            observe(&offsets, "always", -60_000, 0);
        }
        let known = offsets.lock();
        assert!(known.newer.len() + known.older.len() <= MOST_SESSIONS + 1);
        drop(known);
        assert_eq!(observe(&offsets, "always", -60_000, 0), 60_000);
    }

    proptest! {
        #[test]
        fn the_estimate_is_off_by_no_more_than_the_fastest_request(
            ahead in 6_000i64..100_000_000,
            delays in proptest::collection::vec(0u64..900, 1..8),
        ) {
            let offsets = ClockOffsets::new(5_000);
            let mut last = 0;
            for delay in &delays {
                last = observe(&offsets, "a", ahead, *delay);
            }
            let fastest = delays.iter().copied().min().unwrap_or(0) as i64;
            let error = (last + ahead - fastest).abs();
            prop_assert!(error <= JITTER, "{}", error);
        }

        #[test]
        fn any_times_are_taken(sent: u64, received: u64, least: u64) {
            let offsets = ClockOffsets::new(least);
            for session in [None, Some("a"), Some("a")] {
                let session = session.map(|session| ("", session.as_bytes()));
                offsets.observe(session, sent, received);
            }
        }
    }
}
