//! The plan of redaction: what is looked for in a value, by its signal, its place and its key.

use super::rule::Rules;
use crate::processor::hash::hash;
use core::iter::Peekable;
use throughline_otlp::Signal;
use throughline_otlp::attribute::Pair;
use throughline_scrub::{Kind, Kinds, Matches, find};

pub(super) use crate::config::ScrubPlace as Place;

/// The search in one value: kinds, and positions of rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The rule that redacts the whole value.
    pub(super) whole: Option<u8>,
    /// The kinds that are looked for.
    pub(super) kinds: Kinds,
    /// The rule of each kind.
    pub(super) by_kind: [u8; Kind::ALL.len()],
}

impl Plan {
    /// Nothing is looked for.
    pub(super) const NONE: Self = Self {
        whole: None,
        kinds: Kinds::NONE,
        by_kind: [0; Kind::ALL.len()],
    };
}

/// Plans of the keys that were seen recently: a few hundred bytes of rules are read once for
/// each key, not for each attribute.
#[derive(Debug)]
pub(crate) struct Plans {
    /// Keys with the same hash share a set, so that two of them do not replace each other with
    /// each record.
    sets: Vec<[Slot; SLOTS_OF_SET]>,
    /// The slot that the next key of a full set gets.
    next: usize,
    /// The plan of a key that is too long for a slot.
    long: Slot,
}

/// The plan of the values under a key.
#[derive(Debug)]
pub(super) struct Slot {
    /// Where the values stand; `None` of a slot that is free.
    of: Option<(Signal, Place)>,
    key: Vec<u8>,
    pub(super) plan: Plan,
    /// The last text under the key in which nothing was found. Most keys have few values, or
    /// the same one many times.
    clean: Vec<u8>,
}

impl Plans {
    /// The plan for the values under a key.
    #[inline]
    pub(super) fn of(
        &mut self,
        rules: &Rules,
        signal: Signal,
        place: Place,
        key: &[u8],
    ) -> &mut Slot {
        let set = match key.len() <= LONGEST_KEY {
            true => self.sets.get_mut(set_of(place, key)),
            false => None,
        };
        let Some(set) = set else {
            self.long.read(rules, signal, place, key);
            return &mut self.long;
        };
        let is_of = |slot: &Slot| slot.of == Some((signal, place)) && *slot.key == *key;
        let at = match set.iter().position(is_of) {
            Some(at) => at,
            None => {
                let free = set.iter().position(|slot| slot.of.is_none());
                let at = free.unwrap_or(self.next % SLOTS_OF_SET);
                self.next = at + 1;
                if let Some(slot) = set.get_mut(at) {
                    slot.read(rules, signal, place, key);
                }
                at
            }
        };
        set.get_mut(at).unwrap_or(&mut self.long)
    }
}

impl Slot {
    const FREE: Self = Self {
        of: None,
        key: Vec::new(),
        plan: Plan::NONE,
        clean: Vec::new(),
    };

    #[cold]
    fn read(&mut self, rules: &Rules, signal: Signal, place: Place, key: &[u8]) {
        self.of = Some((signal, place));
        self.key.clear();
        self.key.extend_from_slice(key);
        self.plan = rules.plan(signal, place, key);
        self.clean.clear();
    }

    /// Finds out whether the value of an attribute has something to redact. Most are one scalar with nothing in it.
    #[inline]
    pub(super) fn look<'t>(&mut self, pair: &Pair<'t>) -> Look<'t> {
        if self.plan.whole.is_some() {
            return Look::Walk;
        }
        if self.plan.kinds.is_empty() || pair.value.is_empty() {
            return Look::Clean;
        }
        match pair.text() {
            Some(text) => match self.matches(text) {
                Some(matches) => Look::Text(text, matches),
                None => Look::Clean,
            },
            None if pair.is_number() => Look::Clean,
            None => Look::Walk,
        }
    }

    /// The matches in a text; `None` when there are none.
    #[inline]
    pub(super) fn matches<'t>(&mut self, text: &'t [u8]) -> Option<Found<'t>> {
        if *self.clean == *text {
            return None;
        }
        let mut found = find(text, self.plan.kinds).peekable();
        if found.peek().is_some() {
            return Some(found);
        }
        if text.len() <= LONGEST_TEXT {
            self.clean.clear();
            self.clean.extend_from_slice(text);
        }
        None
    }
}

/// The matches in a text, of which there is one at least.
pub(super) type Found<'t> = Peekable<Matches<'t>>;

/// Whether the value of an attribute has something to redact.
pub(super) enum Look<'t> {
    /// Nothing.
    Clean,
    /// Something in its text.
    Text(&'t [u8], Found<'t>),
    /// Perhaps something: it is redacted as a whole, or has values in it.
    Walk,
}

impl Default for Plans {
    fn default() -> Self {
        let mut sets = Vec::new();
        sets.resize_with(SETS, || [const { Slot::FREE }; SLOTS_OF_SET]);
        Self {
            sets,
            next: 0,
            long: Slot::FREE,
        }
    }
}

#[inline]
fn set_of(place: Place, key: &[u8]) -> usize {
    hash(key).wrapping_add(place as u64) as usize % SETS
}

const SETS: usize = 128;
const SLOTS_OF_SET: usize = 4;
/// Keys that are longer are looked up in the rules each time.
const LONGEST_KEY: usize = 128;
/// Texts that are longer are looked at each time.
const LONGEST_TEXT: usize = 128;
