//! The consumer of one core: joins the group, and joins it again after a failure.

mod membership;

use crate::host::NativeHost;
use crate::kafka::Kafka;
use crate::log;
use membership::{End, Membership};
use std::time::Duration;
use throughline_edge::Edge;
use throughline_edge::host::Level;
use throughline_kafka::Member;
use throughline_otlp::Signal;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

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
        let (kafka, host) = (kafka.clone(), host.clone());
        let task = spawn_local(async move {
            let mut logged = String::new();
            let mut ended = ending.clone();
            while !*ending.borrow() {
                let why = match join(&kafka).await {
                    Ok((member, events, partitions)) => {
                        let membership = Membership::new(&kafka, &host, member, partitions);
                        match membership.run(events, &edge, ending.clone()).await {
                            End::Joins => continue,
                            End::Ended => return,
                            End::Failed(why) => why,
                        }
                    }
                    Err(why) => why,
                };
                // The same fault is logged once.
                if why != logged {
                    let line = format!("no topic is consumed on this core: {why}");
                    log::line(Level::Error, &line);
                    logged = why;
                }
                let _ = timeout(AGAIN_AFTER, ended.wait_for(|ended| *ended)).await;
            }
        });
        Some(Self { end, task })
    }

    /// Ends it: what was taken is finished, for some seconds.
    pub(crate) fn end(&self) {
        // A consumer that has ended does not listen.
        let _ = self.end.send(true);
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(self) {
        let _ = self.task.await;
    }
}

type Joined = (Member, throughline_kafka::Events, usize);

async fn join(kafka: &Kafka) -> Result<Joined, String> {
    let signals = [Signal::Traces, Signal::Logs, Signal::Metrics];
    let topics = signals.map(|signal| kafka.topic(signal));
    let joined = Member::join(kafka.settings(), &topics).await;
    let (member, events) = joined.map_err(|error| error.to_string())?;
    let partitions = throughline_kafka::partitions(kafka.settings(), topics[0]).await;
    let partitions = partitions.map_err(|error| error.to_string())?.unwrap_or(1);
    Ok((member, events, partitions as usize))
}

/// How long until the group is joined again.
const AGAIN_AFTER: Duration = Duration::from_secs(3);
