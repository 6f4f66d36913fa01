//! The consumer of one core: joins the group, and joins it again after a failure.

mod lag;
mod membership;
mod there;

use crate::host::NativeHost;
use crate::kafka::Kafka;
use crate::log;
use membership::{End, Membership, SIGNALS};
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::Edge;
use throughline_edge::host::Level;
use throughline_kafka::Member;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep, timeout};

/// The consumer of one core.
pub(crate) struct Consumer {
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Consumer {
    /// Begins to consume the topics on this core, with the edge that `edge` returns then.
    pub(crate) fn start(
        kafka: &Kafka,
        host: &NativeHost,
        edge: impl Fn() -> Edge + 'static,
    ) -> Option<Self> {
        let (end, ending) = watch::channel(false);
        let (kafka, host, edge) = (kafka.clone(), host.clone(), Rc::new(edge));
        let task = spawn_local(async move {
            loop {
                let (kafka, host, ending) = (kafka.clone(), host.clone(), ending.clone());
                let edge = Rc::clone(&edge);
                let consuming =
                    spawn_local(async move { consume(&kafka, &host, &*edge, ending).await });
                match consuming.await {
                    Ok(()) => return,
                    Err(panic) => {
                        let line = format!(
                            "consuming topics failed, please report it: {panic}; it begins anew"
                        );
                        log::line(Level::Error, &line);
                        sleep(AGAIN_AFTER).await;
                    }
                }
            }
        });
        Some(Self { end, task })
    }

    /// Ends it: what was taken is finished, for some seconds.
    pub(crate) fn end(&self) {
        // A consumer that has ended does not listen.
        let _ = self.end.send(true);
    }

    /// Waits until it has ended, for some seconds.
    pub(crate) async fn ended(mut self) {
        if timeout(END_WITHIN, &mut self.task).await.is_err() {
            self.task.abort();
            let line = "the consumer of topics did not end in time: another machine takes its records again";
            log::line(Level::Warning, line);
        }
    }
}

/// Consumes until the program ends. The group is joined again after a failure.
async fn consume(
    kafka: &Kafka,
    host: &NativeHost,
    edge: &impl Fn() -> Edge,
    ending: watch::Receiver<bool>,
) {
    let mut failed = String::new();
    let mut ended = ending.clone();
    while !*ending.borrow() {
        let why = match join(kafka).await {
            Ok((member, events, partitions)) => {
                if !failed.is_empty() {
                    log::line(Level::Info, "topics are consumed again on this core");
                    failed.clear();
                }
                let membership = Membership::new(kafka, host, member, partitions);
                match membership.run(events, edge, ending.clone()).await {
                    End::Joins => continue,
                    End::Ended => return,
                    End::Failed(why) => why,
                }
            }
            Err(why) => why,
        };
        // The same fault is logged once.
        if why != failed {
            let line = format!("no topic is consumed on this core: {why}");
            log::line(Level::Error, &line);
            failed = why;
        }
        let _ = timeout(AGAIN_AFTER, ended.wait_for(|ended| *ended)).await;
    }
}

type Joined = (Member, throughline_kafka::Events, usize);

async fn join(kafka: &Kafka) -> Result<Joined, String> {
    let topics = SIGNALS.map(|signal| kafka.topic(signal));
    let joined = Member::join(kafka.settings(), &topics).await;
    let (member, events) = joined.map_err(|error| error.to_string())?;
    let partitions = throughline_kafka::partitions(kafka.settings(), topics[0]).await;
    let partitions = partitions.map_err(|error| error.to_string())?.unwrap_or(1);
    Ok((member, events, partitions as usize))
}

/// How long until the group is joined again.
const AGAIN_AFTER: Duration = Duration::from_secs(3);
/// How long the consumer may take to end.
const END_WITHIN: Duration = Duration::from_secs(10);
