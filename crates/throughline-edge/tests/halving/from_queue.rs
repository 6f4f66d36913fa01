//! Tests of batches that come out of the durable queue.

use super::*;
use crate::support::several::network;
use bytes::Bytes;
use proptest::prelude::*;
use throughline_edge::host::Delivery;
use throughline_testkit::sim::PutFault;

struct World {
    host: SimHost,
    queue: SimQueue,
    backend: Recorder,
    edge: Edge,
    /// The messages that wait for their next delivery.
    waiting: Vec<Bytes>,
    /// The messages that a host keeps as dead letters.
    kept: Vec<Bytes>,
}

impl World {
    fn new() -> Self {
        let (host, [backend]) = network(["tempo"]);
        let queue = SimQueue::default();
        let config = BackendConfig {
            durable: true,
            ..several::backend("tempo")
        };
        Self {
            host: host.with_queue(&queue),
            queue,
            backend,
            edge: edge(vec![config]),
            waiting: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn send(&mut self, spans: std::ops::Range<u64>) {
        send(&self.host, &self.edge, &batch(spans), None);
        self.host.executor().run_until_idle();
        self.waiting.extend(self.queue.take());
    }

    /// Delivers everything that waits once. The process ends after some time of a delivery, where
    /// there is one in `ends_after`; then the message is delivered again.
    fn deliver_all(&mut self, mut ends_after: impl FnMut() -> Option<Duration>) {
        for message in core::mem::take(&mut self.waiting) {
            let delivery = self.edge.take_up(&self.host, &message, 0);
            let work = async {
                match ends_after() {
                    None => Some(delivery.await),
                    Some(after) => within(&self.host, after, delivery).await,
                }
            };
            match self.host.executor().run(work).expect("it ends") {
                None | Some(Delivery::Retry { .. }) => self.waiting.push(message),
                Some(Delivery::Refused) => self.kept.push(message),
                Some(Delivery::Done) => {}
            }
            self.waiting.extend(self.queue.take());
        }
        let pause = self.host.sleep(Duration::from_secs(301));
        self.host.executor().run(pause);
        self.waiting.extend(self.queue.take());
    }

    /// Delivers until nothing waits.
    fn deliver(&mut self) {
        for _ in 0..1_000 {
            if self.waiting.is_empty() {
                return;
            }
            self.deliver_all(|| None);
        }
    }
}

/// The output of a future, unless it takes longer.
async fn within<T>(host: &SimHost, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut limit) = (std::pin::pin!(work), std::pin::pin!(host.sleep(limit)));
    std::future::poll_fn(|task| match work.as_mut().poll(task) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => limit.as_mut().poll(task).map(|()| None),
    })
    .await
}

#[test]
fn a_host_keeps_the_record_at_fault_alone() {
    let mut world = World::new();
    refuse(&world.backend, [700].into());
    world.send(0..1_000);
    world.deliver();
    let taken = taken(&world.backend, |_, received| {
        judged(received, &[700].into())
    });
    assert_eq!(taken.len(), 999);
    assert!(taken.values().all(|times| *times == 1));
    assert!(world.backend.count() <= 35, "{}", world.backend.count());
    let tally = world.edge.tally();
    assert_eq!(ended(&tally, "tempo", REFUSED), 1);
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 999);

    assert_eq!(world.kept.len(), 1);
    let letter = world.kept.remove(0);
    world.backend.will_judge(|_| Reply::default());
    world.backend.take();
    assert_eq!(
        world
            .host
            .executor()
            .run(world.edge.take_up(&world.host, &letter, 0)),
        Some(Delivery::Done)
    );
    assert_eq!(numbers(&world.backend.received()[0]), [700]);
}

#[test]
fn a_message_that_is_all_bad_is_kept_as_it_is() {
    let mut world = World::new();
    world.backend.will_judge(|_| Reply::status(400));
    world.send(0..1_000);
    let message = world.waiting[0].clone();
    world.deliver();
    assert_eq!(world.kept, [message]);
    assert!(world.backend.count() <= 65, "{}", world.backend.count());
    assert_eq!(ended(&world.edge.tally(), "tempo", REFUSED), 1_000);
}

#[test]
fn what_the_queue_does_not_take_back_is_exported_directly() {
    let mut world = World::new();
    refuse(&world.backend, [700].into());
    world.send(0..1_000);
    world.queue.will_fail([PutFault::Full; 100]);
    world.deliver();
    let tally = world.edge.tally();
    assert_eq!(ended(&tally, "tempo", REFUSED), 1);
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 999);
    let taken = taken(&world.backend, |_, received| {
        judged(received, &[700].into())
    });
    assert!(taken.values().all(|times| *times == 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn each_record_arrives_or_is_counted_whenever_the_process_ends(
        batches in prop::collection::vec(1u64..100, 1..4),
        bad in prop::collection::btree_set(0u64..300, 0..20),
        busy in prop::collection::vec(prop::bool::weighted(0.2), 0..40),
        ends_after_ms in prop::collection::vec(prop::option::of(0u64..120), 0..30),
    ) {
        let mut world = World::new();
        let (mut next, rule) = (busy.clone().into_iter(), bad.clone());
        world.backend.will_judge(move |received| match (next.next(), judged(received, &rule)) {
            (Some(true), _) => Reply::status(503),
            (_, true) => Reply::default(),
            (_, false) => Reply::status(400),
        });
        let mut sent = 0;
        for spans in &batches {
            world.send(sent..sent + spans);
            sent += spans;
        }
        let ends = ends_after_ms.iter().flatten().count();
        let mut ends_after = ends_after_ms.into_iter();
        for _ in 0..80 {
            world.deliver_all(|| Some(Duration::from_millis(ends_after.next()??)));
        }
        prop_assert!(world.waiting.is_empty());

        let is_busy = |index| busy.get(index) == Some(&true);
        let took = |index, received: &Received| !is_busy(index) && judged(received, &bad);
        let taken = taken(&world.backend, took);
        let tally = world.edge.tally();
        let refused = ended(&tally, "tempo", REFUSED);
        prop_assert!(taken.len() as u64 + refused >= sent, "nothing is lost: {:?}", tally);
        let ended_all = tally.ended.values().sum::<u64>();
        prop_assert_eq!(sent + tally.taken_up.values().sum::<u64>(), ended_all);
        prop_assert_eq!(tally.queued[&Traces], 0);
        // What one end of the process may repeat is the request that was under way.
        let twice = taken.values().filter(|times| **times > 1).count();
        let requests = world.backend.received();
        let mut sizes: Vec<usize> = (requests.iter().enumerate())
            .filter(|(index, received)| took(*index, received))
            .map(|(_, received)| numbers(received).len())
            .collect();
        sizes.sort_unstable();
        let most: usize = sizes.iter().rev().take(ends).sum();
        prop_assert!(twice <= most, "{} of {}", twice, most);
        if ends == 0 {
            prop_assert_eq!(taken.len() as u64 + refused, sent);
            prop_assert_eq!(twice, 0);
        }
        let wrong = bad.iter().filter(|number| **number < sent).count() as u64;
        if wrong <= 4 && ends == 0 {
            prop_assert_eq!(refused, wrong);
        }
    }
}
