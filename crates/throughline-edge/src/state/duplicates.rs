//! Remembers which Bundles were taken, so that a second copy is not taken again.
//!
//! A page that got no response sends its Bundle again. Each machine or isolate remembers
//! its own: OTLP allows for a duplicate that arrives elsewhere.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Identity of a Bundle: 16 random bytes.
pub(crate) type BatchId = [u8; 16];

/// The Bundles taken last. Cores share them; cloning gives the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Duplicates(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    ids: HashMap<BatchId, Progress>,
    /// The ids of [`Progress::Accepted`].
    oldest_first: VecDeque<BatchId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// A core is processing it, and may still refuse it.
    Claimed,
    Accepted,
}

/// The state of a Bundle that arrives.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// A new Bundle: the caller has the claim.
    New(Claim),
    /// A copy was taken before.
    Accepted,
    /// Another core is processing a copy at this moment.
    InProgress,
}

/// The exclusive right to take a Bundle. One that is dropped unused means that the Bundle
/// was refused, and may be sent again.
#[must_use = "dropping a claim says that the Bundle was refused"]
#[derive(Debug)]
pub(crate) struct Claim {
    duplicates: Duplicates,
    id: BatchId,
    is_taken: bool,
}

impl Duplicates {
    /// Claims a Bundle. The lock is held for this look-up alone, not while the Bundle is
    /// processed.
    pub(crate) fn claim(&self, id: BatchId) -> Claimed {
        let mut known = self.known();
        match known.ids.get(&id) {
            Some(Progress::Accepted) => Claimed::Accepted,
            Some(Progress::Claimed) => Claimed::InProgress,
            None => {
                known.ids.insert(id, Progress::Claimed);
                Claimed::New(Claim {
                    duplicates: self.clone(),
                    id,
                    is_taken: false,
                })
            }
        }
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Records that the Bundle was taken: every later copy is a duplicate.
    pub(crate) fn accepted(mut self) {
        self.is_taken = true;
        self.duplicates.known().remember(self.id);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_taken {
            self.duplicates.known().ids.remove(&self.id);
        }
    }
}

impl Known {
    fn remember(&mut self, id: BatchId) {
        self.ids.insert(id, Progress::Accepted);
        self.oldest_first.push_back(id);
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

/// Some minutes of a busy machine, in 400 KB.
const REMEMBERED: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_new(duplicates: &Duplicates, id: BatchId) -> bool {
        match duplicates.claim(id) {
            Claimed::New(claim) => {
                claim.accepted();
                true
            }
            Claimed::Accepted => false,
            Claimed::InProgress => unreachable!("no other claim is open"),
        }
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let duplicates = Duplicates::default();
        let id = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            id
        };
        for number in 0..=REMEMBERED {
            assert!(is_new(&duplicates, id(number)));
            assert!(!is_new(&duplicates, id(number)));
        }
        assert!(!is_new(&duplicates, id(1)) && !is_new(&duplicates, id(REMEMBERED)));
        assert!(is_new(&duplicates, id(0)));
    }

    #[test]
    fn a_refused_bundle_may_be_sent_again() {
        let duplicates = Duplicates::default();
        drop(duplicates.claim([1; 16]));
        assert!(is_new(&duplicates, [1; 16]));
        assert!(!is_new(&duplicates, [1; 16]));
    }

    #[test]
    fn a_copy_does_not_overtake_the_first() {
        let duplicates = Duplicates::default();
        let first = duplicates.claim([1; 16]);
        assert!(matches!(duplicates.claim([1; 16]), Claimed::InProgress));
        drop(first);
        assert!(matches!(duplicates.claim([1; 16]), Claimed::New(_)));
    }
}
