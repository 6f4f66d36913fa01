//! The plan of redaction: what is looked for in a value, by its signal, its place and its key.

use super::rule::Rules;
use crate::processor::hash::hash;
use throughline_otlp::Signal;
use throughline_otlp::attribute::Pair;
use throughline_scrub::{Kind, Kinds, find};

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
    slots: Vec<Slot>,
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
        let slot = match key.len() <= LONGEST_KEY {
            true => self.slots.get_mut(slot_of(place, key)),
            false => None,
        };
        let Some(slot) = slot else {
            self.long.read(rules, signal, place, key);
            return &mut self.long;
        };
        if slot.of != Some((signal, place)) || *slot.key != *key {
            slot.read(rules, signal, place, key);
        }
        slot
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

    /// Whether the value of an attribute is one scalar, as most are, in which there is nothing to
    /// redact. Other values are walked over.
    #[inline]
    pub(super) fn has_clean(&mut self, pair: &Pair<'_>) -> bool {
        if self.plan.whole.is_some() {
            return false;
        }
        if self.plan.kinds.is_empty() || pair.value.is_empty() {
            return true;
        }
        match pair.text() {
            Some(text) => self.has_clean_text(text),
            None => pair.is_number(),
        }
    }

    /// Whether there is nothing to redact in a text.
    #[inline]
    pub(super) fn has_clean_text(&mut self, text: &[u8]) -> bool {
        if *self.clean == *text {
            return true;
        }
        let is_clean = self.plan.whole.is_none() && find(text, self.plan.kinds).next().is_none();
        if is_clean && text.len() <= LONGEST_TEXT {
            self.clean.clear();
            self.clean.extend_from_slice(text);
        }
        is_clean
    }
}

impl Default for Plans {
    fn default() -> Self {
        let mut slots = Vec::new();
        slots.resize_with(SLOTS, || Slot::FREE);
        Self {
            slots,
            long: Slot::FREE,
        }
    }
}

#[inline]
fn slot_of(place: Place, key: &[u8]) -> usize {
    hash(key).wrapping_add(place as u64) as usize % SLOTS
}

const SLOTS: usize = 512;
/// Keys that are longer are looked up in the rules each time.
const LONGEST_KEY: usize = 128;
/// Texts that are longer are looked at each time.
const LONGEST_TEXT: usize = 128;
