//! Simulations of many edges that share the limits of a project.

use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;
/// Spans per second.
const RATE: u64 = 1_000;

/// Edges, the owner of the limits, and what is on its way between them.
struct World {
    now: u64,
    limits: LimitsConfig,
    edges: Vec<Share>,
    owner: Owner,
    /// When it arrives, at the owner or back, and for which edge.
    asks: VecDeque<(u64, usize, Vec<u8>)>,
    leases: VecDeque<(u64, usize, Option<Vec<u8>>)>,
    accepted: u64,
    refused: u64,
}

/// Fate of an ask on the network and at the owner.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Arrives,
    LostOnTheWay,
    ResponseLost,
    OwnerReset,
}

impl World {
    fn new(edges: usize) -> Self {
        let limits = LimitsConfig {
            spans_per_second: Some(RATE),
            ..LimitsConfig::default()
        };
        Self {
            now: 1_000 * SECOND,
            edges: (0..edges)
                .map(|_| Share::new(&limits).expect("limits"))
                .collect(),
            owner: Owner::new(&limits),
            limits,
            asks: VecDeque::new(),
            leases: VecDeque::new(),
            accepted: 0,
            refused: 0,
        }
    }

    /// One batch at an edge, which asks the owner as an edge does.
    fn send(&mut self, edge: usize, records: u64) {
        let share = &mut self.edges[edge];
        let check = share.check(Signal::Traces, self.now);
        match check {
            Check::Free => {
                share.take(Signal::Traces, (records, 0), self.now);
                self.accepted += records;
            }
            Check::Ask(..) | Check::Wait(..) => self.refused += records,
        }
        let asks = matches!(check, Check::Ask(..)) && share.may_ask(self.now);
        if asks || share.is_due(self.now) {
            let message = share.begin(edge as u64 + 1, self.now);
            self.asks
                .push_back((self.now + 20 * MILLISECOND, edge, message));
        }
    }

    fn pass(&mut self, nanos: u64, fate: Fate) {
        self.now += nanos;
        while self.asks.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (at, edge, message) = self.asks.pop_front().expect("one");
            if fate == Fate::OwnerReset {
                self.owner = Owner::new(&self.limits);
            }
            let lease = match fate {
                Fate::LostOnTheWay => None,
                _ => Some(self.owner.ask(&message, at).expect("an ask")),
            };
            let lease = lease.filter(|_| fate != Fate::ResponseLost);
            self.leases.push_back((at + 20 * MILLISECOND, edge, lease));
        }
        while self.leases.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (at, edge, lease) = self.leases.pop_front().expect("one");
            match lease {
                Some(lease) => self.edges[edge].end(&lease, at).expect("a lease"),
                None => self.edges[edge].fail(at),
            }
        }
    }

    fn seconds(&self) -> f64 {
        (self.now - 1_000 * SECOND) as f64 / SECOND as f64
    }
}

#[test]
fn a_flood_over_many_edges_gets_the_limit_and_no_more() {
    const EDGES: usize = 20;
    let mut world = World::new(EDGES);
    // Five times as much as is allowed.
    for at in 0..30_000 {
        for records in [2, 3] {
            world.send((at * 7 + records as usize) % EDGES, records);
        }
        world.pass(MILLISECOND, Fate::Arrives);
    }
    let (most, accepted) = (RATE as f64 * world.seconds(), world.accepted as f64);
    assert!(
        accepted <= most + RATE as f64 * (1.0 + EDGES as f64 / 10.0),
        "{accepted} of {most}"
    );
    assert!(accepted >= most * 0.9, "{accepted} of {most}");
}

#[test]
fn a_sender_below_the_limit_is_never_refused_wherever_it_arrives() {
    const EDGES: usize = 20;
    let mut world = World::new(EDGES);
    for at in 0..30_000_usize {
        // 800 records a second.
        if at % 5 == 0 {
            world.send((at / 5 * 7) % EDGES, 4);
        }
        world.pass(MILLISECOND, Fate::Arrives);
    }
    assert_eq!(world.refused, 0);
    assert_eq!(world.accepted, 24_000);
}

#[test]
fn the_owner_says_exactly_when_something_is_there() {
    let mut world = World::new(1);
    world.send(0, 3_000);
    world.pass(40 * MILLISECOND, Fate::Arrives);
    // 1,000 were there, and 2,000 are owed at 1,000 a second.
    let check = |world: &mut World| world.edges[0].check(Signal::Traces, world.now);
    let Check::Wait(wait, Unit::Records) = check(&mut world) else {
        panic!("{:?}", check(&mut world));
    };
    assert_eq!(wait, Duration::from_nanos(2 * SECOND + 1));
    world.pass(wait.as_nanos() as u64 - 1, Fate::Arrives);
    assert!(matches!(check(&mut world), Check::Wait(..)));
    world.pass(1, Fate::Arrives);
    assert!(matches!(check(&mut world), Check::Ask(..)));
    world.send(0, 1);
    world.pass(40 * MILLISECOND, Fate::Arrives);
    assert_eq!(check(&mut world), Check::Free);
}

#[test]
fn an_edge_whose_owner_does_not_respond_uses_a_tenth() {
    let mut world = World::new(1);
    for _ in 0..10_000 {
        world.send(0, 1);
        world.pass(MILLISECOND, Fate::LostOnTheWay);
    }
    let most = RATE as f64 / 10.0 * (world.seconds() + 1.0);
    assert!((world.accepted as f64) <= most + 1.0, "{}", world.accepted);
    assert!(world.accepted as f64 >= most * 0.9, "{}", world.accepted);
}

#[test]
fn a_clock_that_jumps_stops_no_edge() {
    for jump in [-3_600_i64, 3_600] {
        let mut world = World::new(2);
        for _ in 0..2_000 {
            world.send(0, 5);
            world.pass(MILLISECOND, Fate::Arrives);
        }
        world.now = world.now.saturating_add_signed(jump * SECOND as i64);
        (world.asks, world.leases) = (VecDeque::new(), VecDeque::new());
        // What was on its way is lost, and taken for cancelled.
        world.pass(2 * SECOND, Fate::Arrives);
        let before = world.accepted;
        for _ in 0..5_000 {
            world.send(0, 5);
            world.pass(MILLISECOND, Fate::Arrives);
        }
        let accepted = world.accepted - before;
        assert!(accepted > 3_000, "{jump}: {accepted}");
    }
}

proptest! {
    /// However it is sent and whatever is lost, no more is taken than the rate allows: one
    /// second's worth to begin with and after each reset of the owner, what comes back, the own
    /// share and the last batches of each edge.
    #[test]
    fn no_more_is_taken_than_the_rate_and_the_leases_allow(
        edges in 1_usize..8,
        steps in prop::collection::vec((0_usize..8, 1_u64..400, 0_u64..300, 0_u8..12), 1..300),
    ) {
        let mut world = World::new(edges);
        let (mut resets, mut unreachable, mut owed) = (0, 0, 0);
        for (edge, records, milliseconds, fate) in steps {
            world.send(edge % edges, records);
            let fate = match fate {
                0 => Fate::LostOnTheWay,
                1 => Fate::ResponseLost,
                2 => Fate::OwnerReset,
                _ => Fate::Arrives,
            };
            if !world.asks.is_empty() {
                resets += u64::from(fate == Fate::OwnerReset) * world.asks.len() as u64;
                unreachable += u64::from(fate != Fate::Arrives);
            }
            owed = owed.max(records);
            world.pass(milliseconds * MILLISECOND, fate);
        }
        let edges = edges as u64;
        let allowed = RATE as f64 * (world.seconds() + 1.0)
            + (edges * (RATE / 10 + 2 * owed)) as f64
            // What the owner has forgotten: a second's worth, and what edges owed.
            + (resets * (RATE + edges * 400)) as f64
            + (unreachable * (RATE / 10 + 400)) as f64;
        prop_assert!(world.accepted as f64 <= allowed, "{} of {}", world.accepted, allowed);
    }
}
