//! Was this Bundle here before?
//!
//! A page that got no answer sends its Bundle again, and a second copy is the same
//! batch. Each core or isolate remembers its own: a copy that comes in elsewhere is a
//! duplicate that OTLP allows for.

use core::cell::RefCell;
use std::collections::{HashSet, VecDeque};

/// Identity of a Bundle: 16 random bytes.
pub(crate) type BatchId = [u8; 16];

/// The Bundles taken last.
#[derive(Debug, Default)]
pub(crate) struct RecentBatches {
    known: RefCell<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ids: HashSet<BatchId>,
    oldest_first: VecDeque<BatchId>,
}

impl RecentBatches {
    /// Whether it was taken before.
    pub(crate) fn contains(&self, id: &BatchId) -> bool {
        self.known.borrow().ids.contains(id)
    }

    /// It was taken now.
    pub(crate) fn remember(&self, id: BatchId) {
        let mut known = self.known.borrow_mut();
        if !known.ids.insert(id) {
            return;
        }
        known.oldest_first.push_back(id);
        if known.oldest_first.len() > REMEMBERED
            && let Some(oldest) = known.oldest_first.pop_front()
        {
            known.ids.remove(&oldest);
        }
    }
}

/// Some minutes of a busy core, in 100 KB.
const REMEMBERED: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let recent = RecentBatches::default();
        let id = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            id
        };
        for number in 0..=REMEMBERED {
            recent.remember(id(number));
            recent.remember(id(number));
        }
        assert!(!recent.contains(&id(0)));
        assert!(recent.contains(&id(1)) && recent.contains(&id(REMEMBERED)));
    }
}
