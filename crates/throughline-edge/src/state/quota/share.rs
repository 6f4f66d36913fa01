//! The share of one edge in the limits of a project, where many edges have them together.
//!
//! ```text
//! request ─► lease ─► own share ─► ask the owner, or wait as it has said
//!              ▲                         │
//!              └─────── leases ──────────┘
//! ```
//!
//! An edge uses what the owner has leased to it, and asks for more before that is used up. Where
//! it has no lease yet, where it has used more than it expected, or where the owner does not
//! respond, it uses a tenth of each limit by itself. The owner learns of that, and leases as
//! much less. Once the owner has said that there is nothing, nothing is used before it has leased
//! something.

use super::bucket::{Bucket, NEVER};
use super::message::{Amount, Message};
use super::{Limit, Unit, rates};
use crate::config::LimitsConfig;
use core::time::Duration;
use throughline_otlp::Signal;
use throughline_otlp::protobuf::DecodeError;

/// The share of one edge in the limits of a project.
#[derive(Debug)]
pub(crate) struct Share {
    parts: Vec<(Limit, Part)>,
    /// The last ask, and again the next one where it is not known whether the owner has it.
    last: Message,
    is_pending: bool,
    /// How long after the owner has failed the last time it is asked again, in ns.
    pause: Option<u64>,
    /// When the last ask began, or failed, in ns since the Unix epoch.
    asked_at: u64,
    /// Until when it is on its way: a platform may cancel that.
    asking_until: u64,
}

/// Whether something may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Something may be taken.
    Free,
    /// Not before this has passed, unless the owner leases more.
    Ask(Duration, Unit),
    /// Not before this has passed: the owner has said so.
    Wait(Duration, Unit),
}

/// The share in one limit.
#[derive(Debug)]
struct Part {
    rate: u64,
    /// Rest of the leases.
    lease: u64,
    lease_until: u64,
    /// A tenth of the limit.
    own: Bucket,
    /// Records or bytes used beyond the leases, of which the owner does not know.
    used: u64,
    /// Rest of leases that have ended, of which the owner does not know.
    returned: u64,
    /// Records or bytes used since the last lease.
    demand: u64,
    /// Until when there is nothing, as the owner has said, and what it has said.
    nothing: Option<(u64, Duration)>,
}

impl Share {
    /// A share without leases; `None` for a project without limits.
    pub(crate) fn new(limits: &LimitsConfig) -> Option<Self> {
        let parts: Vec<_> = rates(limits)
            .map(|(limit, rate)| (limit, Part::new(rate)))
            .collect();
        (!parts.is_empty()).then(|| Self {
            parts,
            last: Message::default(),
            is_pending: false,
            pause: None,
            asked_at: 0,
            asking_until: 0,
        })
    }

    /// Whether records of this signal may be taken.
    pub(crate) fn check(&mut self, signal: Signal, now: u64) -> Check {
        let mut worst = Check::Free;
        for unit in Unit::ALL {
            if let Some(part) = self.part((signal, unit)) {
                worst = worst.or_worse(part.check(unit, now));
            }
        }
        worst
    }

    /// Takes a batch that is accepted, of so many records and bytes.
    pub(crate) fn take(&mut self, signal: Signal, (records, bytes): (u64, usize), now: u64) {
        for (unit, amount) in [(Unit::Records, records), (Unit::Bytes, bytes as u64)] {
            if let Some(part) = self.part((signal, unit)) {
                part.take(amount, now);
            }
        }
    }

    /// Whether to ask the owner now, without anybody waiting for it.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.may_ask(now)
            && now.abs_diff(self.asked_at) >= ASK_EVERY
            && self.parts.iter().any(|(_, part)| part.is_low())
    }

    /// Whether no ask is on its way, and none has failed a moment ago.
    pub(crate) fn may_ask(&self, now: u64) -> bool {
        let is_over = |pause| now.abs_diff(self.asked_at) >= pause;
        !self.is_asking(now) && self.pause.is_none_or(is_over)
    }

    /// Whether an ask is on its way.
    pub(crate) fn is_asking(&self, now: u64) -> bool {
        now < self.asking_until && self.asking_until - now <= LONGEST_ASK
    }

    /// Begins to ask, and returns the message for the owner. `sender` is the edge.
    pub(crate) fn begin(&mut self, sender: u64, now: u64) -> Vec<u8> {
        if !self.is_pending {
            let parts = self.parts.iter_mut();
            self.last = Message {
                sender,
                sequence: self.last.sequence + 1,
                parts: parts.map(|(limit, part)| (*limit, part.ask(now))).collect(),
            };
        }
        self.is_pending = true;
        self.asked_at = now;
        self.asking_until = now.saturating_add(LONGEST_ASK);
        self.last.encode()
    }

    /// Takes what the owner has responded.
    ///
    /// # Errors
    /// [`DecodeError`]: it is something else, and the same is asked again.
    pub(crate) fn end(&mut self, response: &[u8], now: u64) -> Result<(), DecodeError> {
        let leases = Message::decode(response).inspect_err(|_| self.fail(now))?;
        self.asking_until = 0;
        self.is_pending = false;
        if self.pause.take().is_some() {
            self.drop_refilled(now);
        }
        for (limit, amount) in leases.parts {
            if let Some(part) = self.part(limit) {
                part.lease(amount, now);
            }
        }
        Ok(())
    }

    /// The owner has failed: until it responds, the own share counts.
    pub(crate) fn fail(&mut self, now: u64) {
        self.fail_for(now, ASK_EVERY);
    }

    /// The owner has not responded in time.
    pub(crate) fn time_out(&mut self, now: u64) {
        self.fail_for(now, ASK_AGAIN);
    }

    fn fail_for(&mut self, now: u64, pause: u64) {
        self.asking_until = 0;
        self.asked_at = now;
        self.pause = Some(pause);
        self.drop_refilled(now);
        for (_, part) in &mut self.parts {
            part.nothing = None;
        }
    }

    /// Forgets what was used so long ago that the own share has come back: the limit allowed it.
    fn drop_refilled(&mut self, now: u64) {
        for (_, part) in &mut self.parts {
            part.own.fill(now);
            part.used = part.used.min(part.own.missing() / OWN_PART);
        }
        for (limit, amount) in &mut self.last.parts {
            let mut parts = self.parts.iter();
            if let Some((_, part)) = parts.find(|(of, _)| of == limit) {
                amount.used = amount.used.min(part.own.missing() / OWN_PART);
            }
        }
    }

    fn part(&mut self, limit: Limit) -> Option<&mut Part> {
        let mut parts = self.parts.iter_mut();
        parts.find_map(|(of, part)| (*of == limit).then_some(part))
    }
}

impl Check {
    /// The one that asks for more.
    fn or_worse(self, other: Self) -> Self {
        let rank = |check| match check {
            Check::Free => (0, Duration::ZERO),
            Check::Ask(wait, _) => (1, wait),
            Check::Wait(wait, _) => (2, wait),
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

impl Part {
    fn new(rate: u64) -> Self {
        Self {
            rate,
            lease: 0,
            lease_until: 0,
            own: Bucket::full(rate),
            used: 0,
            returned: 0,
            demand: 0,
            nothing: None,
        }
    }

    fn check(&mut self, unit: Unit, now: u64) -> Check {
        if self.rate == 0 {
            return Check::Wait(NEVER, unit);
        }
        if now >= self.lease_until || self.lease_until - now > LEASE {
            self.returned += core::mem::take(&mut self.lease);
        }
        if self.lease > 0 {
            return Check::Free;
        }
        self.own.fill(now);
        match (self.nothing, self.own.wait()) {
            (Some((until, said)), _) => match until.checked_sub(now).map(Duration::from_nanos) {
                Some(left) if !left.is_zero() && left <= said => Check::Wait(left, unit),
                _ => Check::Ask(Duration::from_nanos(1), unit),
            },
            (None, Some(wait)) => Check::Ask(wait, unit),
            (None, None) => Check::Free,
        }
    }

    fn take(&mut self, amount: u64, now: u64) {
        self.demand = self.demand.saturating_add(amount);
        let leased = amount.min(self.lease);
        self.lease -= leased;
        let beyond = amount - leased;
        if beyond > 0 {
            self.used = self.used.saturating_add(beyond);
            self.own.fill(now);
            self.own.take(beyond.saturating_mul(OWN_PART));
        }
    }

    /// Whether less is leased than is used in the time until the next ask.
    const fn is_low(&self) -> bool {
        self.used > 0 || self.demand > self.lease
    }

    fn ask(&mut self, now: u64) -> Amount {
        if now >= self.lease_until {
            self.returned += core::mem::take(&mut self.lease);
        }
        // Twice as much as the last time, or a little.
        let target = (self.demand.saturating_mul(2)).max(self.rate / LEAST_PART);
        Amount {
            used: core::mem::take(&mut self.used),
            returned: core::mem::take(&mut self.returned),
            wanted: target.saturating_sub(self.lease).max(1),
            ..Amount::default()
        }
    }

    fn lease(&mut self, amount: Amount, now: u64) {
        self.demand = 0;
        self.lease = self.lease.saturating_add(amount.leased);
        if amount.leased > 0 {
            self.lease_until = now.saturating_add(LEASE);
            self.nothing = None;
        } else {
            let wait = Duration::from_nanos(amount.wait_nano).min(NEVER);
            let nanos = amount.wait_nano.min(NEVER.as_nanos() as u64);
            self.nothing = Some((now.saturating_add(nanos), wait));
        }
    }
}

/// An edge uses one of so many parts of each limit by itself.
const OWN_PART: u64 = 10;
/// An edge asks for one of so many parts of each limit at least.
const LEAST_PART: u64 = 20;
/// How long a lease can be used, in ns.
const LEASE: u64 = 10_000_000_000;
/// How often an edge asks while nobody waits for it, in ns.
const ASK_EVERY: u64 = 1_000_000_000;
/// How long an edge does without an owner that has not responded in time, in ns.
const ASK_AGAIN: u64 = 5_000_000_000;
/// The time after which an ask was cancelled, in ns.
const LONGEST_ASK: u64 = 5_000_000_000;
