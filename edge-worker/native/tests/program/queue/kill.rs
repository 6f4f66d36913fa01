//! The program is killed again and again while spans stream through it.

use super::receiver::Receiver;
use super::{Folder, config, messages, spans, sum, until};
use crate::support::{Running, TIMEOUT, post};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// `THROUGHLINE_KILLS` sets how often, `THROUGHLINE_SEED` at which instants.
#[test]
#[expect(clippy::print_stdout, reason = "how many come again is to be known")]
fn spans_that_got_a_200_arrive_however_often_the_program_is_killed() {
    let kills = of_environment("THROUGHLINE_KILLS", 5);
    let mut random = Random(of_environment("THROUGHLINE_SEED", 1));
    let (backend, folder) = (Receiver::start(), Folder::new());
    backend.unavailable_every(7);
    let config = config(&backend.authority, &folder);
    let mut edge = Running::configured(&config);
    let stream = Arc::new(Stream::default());
    stream.send_to(Some(&edge));
    let senders: Vec<_> = (0..3)
        .map(|_| {
            let stream = Arc::clone(&stream);
            thread::spawn(move || stream.send())
        })
        .collect();
    for _ in 0..kills {
        stream.wait_for_more();
        thread::sleep(Duration::from_micros(random.below(120_000)));
        stream.send_to(None);
        edge.kill();
        edge = Running::configured(&config);
        stream.send_to(Some(&edge));
    }
    stream.wait_for_more();
    stream.is_ended.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.join().expect("a sender");
    }
    edge.terminate();
    assert!(edge.ended().status.success());
    // What is on the disk now is taken up, and nothing stays.
    backend.unavailable_every(u64::MAX);
    let mut edge = Running::configured(&config);
    let messages = messages(&edge.started_log());
    until(&edge, |counts| sum(counts, "taken_up") == messages * BATCH);
    edge.terminate();
    edge.logs_until("has 0 messages, ");
    let accepted = stream.accepted.lock().expect("no panic").clone();
    backend.wait_for_spans(&accepted);
    let (received, again) = backend.received();
    println!(
        "{kills} kills: {} spans got a 200 and arrived, {again} of them once more; {} arrived without a response",
        accepted.len(),
        received - accepted.len()
    );
    assert!(accepted.len() as u64 > kills * BATCH);
    assert!(kills > 0 || again == 0, "{again} came again without a kill");
}

/// Spans on their way to the edge that runs.
#[derive(Default)]
struct Stream {
    authority: Mutex<Option<String>>,
    next: AtomicU64,
    /// The numbers of spans that got a 200.
    accepted: Mutex<Vec<u64>>,
    is_ended: AtomicBool,
}

impl Stream {
    fn send_to(&self, edge: Option<&Running>) {
        let authority = edge.map(|edge| edge.authority.clone());
        *self.authority.lock().expect("no panic") = authority;
    }

    fn accepted(&self) -> usize {
        self.accepted.lock().expect("no panic").len()
    }

    /// Waits until the edge responds to more spans.
    fn wait_for_more(&self) {
        let before = self.accepted();
        let end = Instant::now() + TIMEOUT;
        while self.accepted() == before {
            assert!(Instant::now() < end, "nobody gets a response");
            thread::yield_now();
        }
    }

    fn send(&self) {
        while !self.is_ended.load(Ordering::Relaxed) {
            let authority = self.authority.lock().expect("no panic").clone();
            let Some(authority) = authority else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
            let numbers = first..first + BATCH;
            // A program that is killed may have stored them, and responds to nobody.
            let response = post(&authority, &spans(numbers.clone())).unwrap_or_default();
            if response.starts_with("HTTP/1.1 200 ") {
                self.accepted.lock().expect("no panic").extend(numbers);
            }
        }
    }
}

fn of_environment(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().expect(name))
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Spans of a request.
const BATCH: u64 = 20;
