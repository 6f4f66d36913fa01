//! The plan of redaction: what is looked for in a value, by its signal, its place and its key.

use super::rule::Rules;
use crate::config::ScrubPlace;
use throughline_otlp::Signal;
use throughline_scrub::{Kind, Kinds};

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

/// Plans of the keys that were seen recently: a few hundred bytes of rules are read once for
/// each key, not for each attribute.
#[derive(Debug)]
pub(crate) struct Plans {
    slots: Vec<Option<Slot>>,
}

#[derive(Debug)]
struct Slot {
    signal: Signal,
    place: ScrubPlace,
    key: Box<[u8]>,
    plan: Plan,
}

impl Plans {
    /// The plan for the values under a key.
    #[inline]
    pub(super) fn of(&mut self, rules: &Rules, signal: Signal, place: Place, key: &[u8]) -> Plan {
        let slot = slot_of(place, key);
        if let Some(Some(slot)) = self.slots.get(slot)
            && slot.signal == signal
            && slot.place == place
            && *slot.key == *key
        {
            return slot.plan;
        }
        self.read(rules, signal, place, key, slot)
    }

    #[cold]
    fn read(
        &mut self,
        rules: &Rules,
        signal: Signal,
        place: Place,
        key: &[u8],
        slot: usize,
    ) -> Plan {
        let plan = rules.plan(signal, place, key);
        if key.len() <= LONGEST_KEY
            && let Some(slot) = self.slots.get_mut(slot)
        {
            *slot = Some(Slot {
                signal,
                place,
                key: key.into(),
                plan,
            });
        }
        plan
    }
}

impl Default for Plans {
    fn default() -> Self {
        let mut slots = Vec::new();
        slots.resize_with(SLOTS, || None);
        Self { slots }
    }
}

fn slot_of(place: Place, key: &[u8]) -> usize {
    let mut hash = key.len() as u64 ^ (place as u64) << 8;
    let mut chunks = key.chunks_exact(8);
    for chunk in chunks.by_ref() {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    }
    for byte in chunks.remainder() {
        hash = (hash.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(MULTIPLIER);
    }
    (hash >> 40) as usize % SLOTS
}

const SLOTS: usize = 512;
/// Keys that are longer are looked up in the rules each time.
const LONGEST_KEY: usize = 128;
/// An odd number without a pattern: the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
