//! Tests of tickets, and of the sums that always agree.

use super::*;
use crate::SortedMap;
use crate::outcome::{InFlight, Tallies};
use proptest::prelude::*;
use std::sync::Arc;

fn held(memory: &InFlight) -> Lease {
    memory.hold(100, 0, u64::MAX)
}

fn place(memory: &Arc<InFlight>, backend: &str) -> Place {
    Place {
        backend: Some(backend.into()),
        waiting: Arc::clone(memory),
        held: held(memory),
    }
}

/// Whether no ticket holds memory any more.
fn is_free(memory: &InFlight) -> bool {
    memory.bytes(0) == 0
}

#[test]
fn a_dropped_ticket_is_counted_as_abandoned() {
    let memory = InFlight::new(0);
    let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
    let mut ticket = outcomes.ticket(Signal::Traces, held(&memory));
    ticket.count_records(5);
    ticket.split(2).rejected(RejectReason::InvalidRecord);
    assert_eq!(outcomes.tally().queued[&Signal::Traces], 3);
    assert!(!is_free(&memory));
    drop(ticket);
    let abandoned = Outcome::Rejected(RejectReason::Abandoned);
    assert_eq!(outcomes.tally().count(Signal::Traces, abandoned), 3);
    assert!(is_free(&memory));
}

#[test]
fn a_ticket_for_several_backends_is_counted_at_each() {
    let memory = InFlight::new(0);
    let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
    let mut ticket = outcomes.ticket(Signal::Logs, held(&memory));
    ticket.count_records(7);
    let (tempo, archive) = (InFlight::new(0), InFlight::new(0));
    let places = vec![place(&tempo, "tempo"), place(&archive, "archive")];
    let mut tickets = ticket.for_backends(places);
    assert!(is_free(&memory), "each backend has memory of its own");
    assert_eq!(outcomes.tally().queued[&Signal::Logs], 14);
    assert_eq!((tempo.records(), archive.records()), (7, 7));
    tickets.remove(0).exported();
    assert!(is_free(&tempo) && !is_free(&archive));
    assert_eq!((tempo.records(), archive.records()), (0, 7));
    drop(tickets);
    assert!(is_free(&archive) && archive.records() == 0);
    let tally = outcomes.tally();
    assert_eq!(tally.queued[&Signal::Logs], 0);
    for (backend, outcome) in [
        ("tempo", Outcome::Exported),
        ("archive", Outcome::Rejected(RejectReason::Abandoned)),
    ] {
        let ended = Ended {
            signal: Some(Signal::Logs),
            backend: Some(backend.into()),
            outcome,
        };
        assert_eq!(tally.ended.get(&ended), Some(&7), "{backend}");
    }
    assert!(is_free(&memory));
}

#[test]
fn a_ticket_for_no_backend_is_abandoned() {
    let memory = InFlight::new(0);
    let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
    let mut ticket = outcomes.ticket(Signal::Logs, held(&memory));
    ticket.count_records(3);
    assert!(ticket.for_backends(Vec::new()).is_empty());
    let abandoned = Outcome::Rejected(RejectReason::Abandoned);
    assert_eq!(outcomes.tally().count(Signal::Logs, abandoned), 3);
    assert!(is_free(&memory));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Receive(u64),
    TakeUp(u64),
    Split(u64),
    Join,
    Export,
    Reject,
    SampleOut,
    HandOver,
    Route(usize),
    Drop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..9u64).prop_map(Step::Receive),
        (0..9u64).prop_map(Step::TakeUp),
        (0..9u64).prop_map(Step::Split),
        Just(Step::Join),
        Just(Step::Export),
        Just(Step::Reject),
        Just(Step::SampleOut),
        Just(Step::HandOver),
        (0..4usize).prop_map(Step::Route),
        Just(Step::Drop),
    ]
}

proptest! {
    #[test]
    fn the_sums_always_agree(steps in prop::collection::vec((step(), 0..4usize), 0..40)) {
        let (memory, backend) = (InFlight::new(0), InFlight::new(0));
        let outcomes = Outcomes::new(Arc::clone(&memory), &Tallies::default());
        let mut tickets: Vec<Ticket> = Vec::new();
        for (step, at) in steps {
            let mut taken = || (at < tickets.len()).then(|| tickets.swap_remove(at));
            match step {
                Step::Receive(records) => {
                    let mut ticket = outcomes.ticket(Signal::Traces, held(&memory));
                    ticket.count_records(records);
                    tickets.push(ticket);
                }
                Step::TakeUp(records) => {
                    tickets.push(outcomes.take_up(Signal::Traces, records, held(&memory)));
                }
                Step::Split(records) => {
                    if let Some(mut ticket) = taken() {
                        tickets.push(ticket.split(records));
                        tickets.push(ticket);
                    }
                }
                Step::Join => {
                    if let (Some(other), Some(ticket)) = (taken(), tickets.first_mut())
                        && ticket.backend == other.backend
                    {
                        ticket.join(other);
                    }
                }
                Step::Export => taken().into_iter().for_each(Ticket::exported),
                Step::Reject => taken().into_iter().for_each(|ticket| ticket.rejected(RejectReason::QueueFull)),
                Step::SampleOut => taken().into_iter().for_each(Ticket::sampled_out),
                Step::HandOver => taken().into_iter().for_each(Ticket::handed_over),
                Step::Route(backends) => {
                    let names = ["tempo", "archive", "lake"].into_iter().take(backends);
                    let places = names.map(|name| place(&backend, name)).collect();
                    let routed = taken().map(|ticket| ticket.for_backends(places));
                    tickets.extend(routed.into_iter().flatten());
                }
                Step::Drop => drop(taken()),
            }
            let tally = outcomes.tally();
            let sum = |of: &SortedMap<Signal, u64>| of.values().sum::<u64>();
            let ended: u64 = tally.ended.values().sum();
            let entered = sum(&tally.received) + sum(&tally.taken_up) + sum(&tally.copied);
            prop_assert_eq!(entered, ended + sum(&tally.queued));
            let waiting: u64 = tickets.iter().map(Ticket::records).sum();
            prop_assert_eq!(sum(&tally.queued), waiting);
            prop_assert_eq!(memory.records(), waiting);
            let routed = tickets.iter().filter(|ticket| ticket.waiting.is_some());
            prop_assert_eq!(backend.records(), routed.map(Ticket::records).sum::<u64>());
        }
        drop(tickets);
        prop_assert!(is_free(&memory) && is_free(&backend));
    }
}
