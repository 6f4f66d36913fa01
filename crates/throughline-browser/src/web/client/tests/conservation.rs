//! A property: whatever happens to a page, each record is delivered once or counted once.

use super::super::super::delivery::Reply;
use super::super::super::page::fake::FakePage;
use super::super::{Client, with};
use super::{log, span};
use proptest::prelude::*;

/// A step of a page's life.
#[derive(Debug, Clone)]
enum Step {
    Log(u16),
    Span,
    Wait(u32),
    Reply(Reply),
    Hidden,
    Ends,
}

fn step() -> impl Strategy<Value = Step> {
    let reply = prop_oneof![
        Just(Reply::Accepted),
        Just(Reply::None),
        (
            prop_oneof![Just(400u16), Just(429), Just(503)],
            prop::option::of(1u64..400_000)
        )
            .prop_map(|(status, after)| Reply::Refused { status, after }),
    ];
    prop_oneof![
        (1u16..600).prop_map(Step::Log),
        Just(Step::Span),
        (0u32..8_000).prop_map(Step::Wait),
        reply.prop_map(Step::Reply),
        Just(Step::Hidden),
        Just(Step::Ends),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn each_record_is_delivered_once_or_counted_once(steps in prop::collection::vec(step(), 1..10)) {
        let counts = in_thread_of_its_own(steps);
        prop_assert_eq!(counts.0, counts.1);
    }
}

/// A client is a thread's, and the cases of a property are one thread.
#[expect(clippy::disallowed_methods, reason = "a test, which waits for it")]
fn in_thread_of_its_own(steps: Vec<Step>) -> (u64, u64) {
    let thread = std::thread::spawn(move || conserve(&steps));
    thread.join().expect("no panic")
}

/// Lives the steps, and returns how many records were made, and how many arrived or were counted.
fn conserve(steps: &[Step]) -> (u64, u64) {
    let page = FakePage::start();
    let (mut made, mut known) = (1, 0);
    let mut count = |reply, page: &FakePage| {
        for sent in page.reply(reply) {
            if reply == Reply::Accepted {
                let dropped: u64 = sent.dropped.iter().map(|(_, count)| count).sum();
                known += (sent.spans.len() + sent.logs.len()) as u64 + dropped;
            }
        }
    };
    for step in steps {
        match step {
            Step::Log(times) => {
                for _ in 0..*times {
                    log("a record of a few words");
                }
                made += u64::from(*times);
            }
            Step::Span => {
                span("one");
                made += 1;
            }
            Step::Wait(ms) => page.wait(u64::from(*ms)),
            Step::Reply(reply) => count(*reply, &page),
            Step::Hidden => drop(with(Client::hidden)),
            Step::Ends => drop(with(Client::ends)),
        }
    }
    // The receiver is back.
    for _ in 0..60 {
        with(Client::close);
        with(Client::work);
        page.wait(400_000);
        count(Reply::Accepted, &page);
    }
    (made, known)
}
