//! Was this Bundle here before?
//!
//! A page that got no answer sends its Bundle again, and a second copy is the same
//! batch. Each machine or isolate remembers its own: a copy that comes in elsewhere is a
//! duplicate that OTLP allows for.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Identity of a Bundle: 16 random bytes.
pub(crate) type BatchId = [u8; 16];

/// The Bundles taken last. Cores share them; cloning gives the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentBatches(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    ids: HashSet<BatchId>,
    oldest_first: VecDeque<BatchId>,
}

impl RecentBatches {
    /// Takes a Bundle; `None` when it was taken before. What is refused is no copy of
    /// anything when it comes again. Two copies that come in at once wait for each other.
    pub(crate) fn once<T, E>(
        &self,
        id: BatchId,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.ids.contains(&id) {
            return Ok(None);
        }
        let taken = take()?;
        known.remember(id);
        Ok(Some(taken))
    }
}

impl Known {
    fn remember(&mut self, id: BatchId) {
        self.ids.insert(id);
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

    #[test]
    fn the_oldest_is_forgotten() {
        let recent = RecentBatches::default();
        let id = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            id
        };
        let is_new = |number| {
            let taken = recent.once(id(number), || Ok::<_, ()>(()));
            taken.expect("taken").is_some()
        };
        for number in 0..=REMEMBERED {
            assert!(is_new(number));
            assert!(!is_new(number));
        }
        assert!(!is_new(1) && !is_new(REMEMBERED));
        assert!(is_new(0));
    }

    #[test]
    fn what_is_refused_may_come_again() {
        let recent = RecentBatches::default();
        assert_eq!(recent.once([1; 16], || Err::<(), _>("full")), Err("full"));
        assert_eq!(recent.once([1; 16], || Ok::<_, ()>(7)), Ok(Some(7)));
        assert_eq!(recent.once([1; 16], || Ok::<_, ()>(7)), Ok(None));
    }
}
