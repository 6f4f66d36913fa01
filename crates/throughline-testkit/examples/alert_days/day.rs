//! The part of `day.toml` below `[recorded]`: the senders and faults of a day.

use serde::Deserialize;
use std::cell::Cell;

/// A file `day.toml`, of which the rest is for the replay.
#[derive(Deserialize)]
pub(crate) struct Day {
    pub(crate) recorded: Option<Recorded>,
}

/// A day of senders and a backend.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    pub(crate) seed: u64,
    /// Spans of each request in a minute of the afternoon.
    pub(crate) peak: f64,
    /// The least of them at night, as a share of the peak.
    pub(crate) night: f64,
    /// Share of requests with a span that no backend could use.
    pub(crate) unusable: f64,
    /// Share of exports that the backend is too busy for.
    pub(crate) busy: f64,
    /// Share of spans of requests that failed.
    pub(crate) errors: f64,
    /// The time between two requests of a sender, s: a multiple of 5.
    #[serde(default = "five")]
    pub(crate) every_s: u64,
    #[serde(default)]
    events: Vec<Event>,
}

/// A difference for some minutes.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Event {
    kind: Kind,
    /// The minute of the day.
    at: u64,
    minutes: u64,
    /// The share of spans, or of a burst the factor.
    #[serde(default)]
    share: f64,
}

/// The kinds of events.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The backend cannot be reached.
    BackendDown,
    /// Senders send this many times as much.
    Burst,
    /// No edge runs; then a new one does, which has counted nothing yet.
    EdgeGone,
    /// This share of the requests of the first service fails.
    Errors,
    /// This share of spans is such that the backend refuses a request with one of them.
    Refused,
    /// This share of spans is such that no backend could use them.
    Unusable,
}

const fn five() -> u64 {
    5
}

impl Recorded {
    /// The share of an event that happens in a minute.
    pub(crate) fn share(&self, kind: Kind, minute: u64) -> Option<f64> {
        let mut events = self.events.iter().filter(|event| event.kind == kind);
        let event = events.find(|event| (event.at..event.at + event.minutes).contains(&minute));
        event.map(|event| event.share)
    }

    /// The share of the peak in a minute: a wave with its top at 15:00.
    pub(crate) fn shape(&self, minute: u64) -> f64 {
        let of_day = (minute as f64 - 900.0) / MINUTES as f64;
        let wave = f64::midpoint((of_day * core::f64::consts::TAU).cos(), 1.0);
        self.night + (1.0 - self.night) * wave
    }
}

/// The generator SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn of(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1, without 1.
    pub(crate) fn share(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Of a day.
pub(crate) const MINUTES: u64 = 1_440;
