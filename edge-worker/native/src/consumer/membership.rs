//! The membership of one core in the group: consumes the partitions that it is given.

use super::lag::{self, Lags};
use super::there::there;
use crate::host::NativeHost;
use crate::kafka::Kafka;
use crate::log;
use bytes::Bytes;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use throughline_edge::host::{Level, PROJECT_HEADER};
use throughline_edge::{Edge, Message, Partition, Stored};
use throughline_kafka::{
    Assignment, Commit, CommitError, Committed, Event, Events, Member, Position, RequestError,
    Start, StartError, TopicPartition,
};
use throughline_otlp::Signal;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// The membership of this core.
pub(super) struct Membership<'a> {
    kafka: &'a Kafka,
    host: &'a NativeHost,
    member: Member,
    /// The partitions of each topic.
    partitions: usize,
    /// Lines of Kafka that were logged a moment ago.
    logged: RefCell<Vec<(String, Instant)>>,
}

/// The end of a membership.
pub(super) enum End {
    /// The group is to be joined again at once.
    Joins,
    /// The program ends.
    Ended,
    /// The group is to be joined again, later.
    Failed(String),
}

/// The partitions that are owned.
struct Owned {
    edge: Edge,
    assignment: Assignment,
    partitions: BTreeMap<i32, Owner>,
    lags: Lags,
}

struct Owner {
    partition: Partition,
    is_paused: bool,
}

/// Why partitions are owned no more.
enum Failure {
    /// Another member has them, or will have them.
    Lost,
    /// Nobody knows what was stored: everything begins anew from what is.
    Unknown(String),
}

/// Why partitions could not be continued.
#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error("the assignment is over")]
    Over,
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Start(StartError),
    #[error(transparent)]
    Config(#[from] throughline_edge::config::ConfigError),
}

impl<'a> Membership<'a> {
    pub(super) fn new(
        kafka: &'a Kafka,
        host: &'a NativeHost,
        member: Member,
        partitions: usize,
    ) -> Self {
        Self {
            kafka,
            host,
            member,
            partitions,
            logged: RefCell::default(),
        }
    }

    /// Consumes until the membership ends.
    pub(super) async fn run(
        self,
        mut events: Events,
        edge: &impl Fn() -> Edge,
        mut ending: watch::Receiver<bool>,
    ) -> End {
        let mut owned: Option<Owned> = None;
        let mut end = None;
        let mut steps = interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut lags = interval(lag::EVERY);
        lags.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.next() => match event {
                    None => return end.unwrap_or(End::Joins),
                    Some(Event::Assigned(assignment)) => {
                        match self.restore(edge(), assignment).await {
                            Ok(restored) => {
                                lags.reset_immediately();
                                owned = Some(restored);
                            }
                            Err(RestoreError::Over) => {}
                            Err(error) => {
                                let _ = end.get_or_insert(End::Failed(error.to_string()));
                                self.member.leave();
                            }
                        }
                    }
                    Some(Event::Message(message)) => {
                        if let Some(owned) = &owned {
                            self.take(owned, message);
                        }
                    }
                    Some(Event::Revoked(revocation)) => {
                        if let Some(mut given) = owned.take() {
                            self.finish(&mut given).await;
                        }
                        drop(revocation);
                    }
                    Some(Event::Lost(_)) => owned = None,
                    Some(Event::Error(error)) => {
                        self.log(&format!("Kafka: {error}"));
                    }
                },
                _ = steps.tick() => {
                    let Some(current) = &mut owned else { continue };
                    match self.step(current, Partition::close).await {
                        Ok(()) => self.bound_memory(current),
                        Err(Failure::Lost) => owned = None,
                        Err(Failure::Unknown(why)) => {
                            owned = None;
                            let _ = end.get_or_insert(End::Failed(why));
                            self.member.leave();
                        }
                    }
                    // Under another configuration the partitions begin anew, too.
                    if end.is_none() && owned.as_ref().is_some_and(|owned| !owned.edge.is(&edge())) {
                        end = Some(End::Joins);
                        self.member.leave();
                    }
                },
                _ = lags.tick() => {
                    if let Some(owned) = &owned {
                        owned.lags.ask(&self.member);
                    }
                },
                _ = ending.wait_for(|ending| *ending), if !matches!(end, Some(End::Ended)) => {
                    end = Some(End::Ended);
                    self.member.leave();
                }
            }
        }
    }

    /// Continues the partitions of an assignment where their last owners stored what they had done.
    async fn restore(&self, edge: Edge, assignment: Assignment) -> Result<Owned, RestoreError> {
        let committed = self.member.committed(assignment.partitions()).await?;
        let mut numbers: Vec<i32> = committed.iter().map(|of| of.partition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let known = committed.iter().filter(|of| of.offset.is_some());
        let since = Partition::decisions_since(known.map(|of| of.metadata.as_str()));
        let mut decisions: BTreeMap<i32, Vec<Bytes>> = BTreeMap::new();
        let mut stored = self.member.decisions(&numbers, since).await?;
        while let Some(decision) = stored.next().await? {
            decisions
                .entry(decision.partition)
                .or_default()
                .push(decision.value);
        }
        let (there, starts) = there(self.kafka, &committed).await?;
        let mut partitions = BTreeMap::new();
        for number in numbers {
            let partition = Partition::new(edge.clone(), number, self.partitions)?;
            let own = there.iter().filter(|of| of.partition == number);
            let own = own.filter_map(|of| self.committed(of));
            let messages = decisions.remove(&number).unwrap_or_default();
            let messages = messages.iter().map(|message| &message[..]);
            partition.restore(self.host, own, messages);
            let owner = Owner {
                partition,
                is_paused: false,
            };
            partitions.insert(number, owner);
        }
        let from: Vec<Start> = there.iter().map(Start::after).collect();
        self.member
            .start(&assignment, &from)
            .await
            .map_err(|error| match error {
                StartError::Over => RestoreError::Over,
                error => RestoreError::Start(error),
            })?;
        let group = &self.kafka.settings().group;
        Ok(Owned {
            lags: Lags::new(edge.clone(), group, starts),
            edge,
            assignment,
            partitions,
        })
    }

    fn committed<'c>(&self, of: &'c Committed) -> Option<(Signal, i64, &'c str)> {
        Some((self.signal(&of.topic)?, of.offset?, &of.metadata))
    }

    fn take(&self, owned: &Owned, message: throughline_kafka::Message) {
        let owner = owned.partitions.get(&message.partition);
        let (Some(owner), Some(signal)) = (owner, self.signal(&message.topic)) else {
            return;
        };
        let mut headers = message.headers.iter();
        let project = headers.find(|(name, _)| name == PROJECT_HEADER);
        let message = Message {
            signal,
            offset: message.offset,
            project: project.map(|(_, name)| str::from_utf8(name).unwrap_or_default()),
            value: message.value,
        };
        owner.partition.take(self.host, message);
    }

    /// Logs a line of Kafka, the same one once a minute.
    fn log(&self, line: &str) {
        let mut logged = self.logged.borrow_mut();
        let now = Instant::now();
        logged.retain(|(_, at)| now.duration_since(*at) < LOGGED_FOR);
        if logged.iter().all(|(known, _)| known != line) {
            log::line(Level::Warning, line);
            logged.push((line.to_owned(), now));
        }
    }

    /// Closes a step of each partition, and stores what is to be stored.
    async fn step(
        &self,
        owned: &mut Owned,
        close: impl Fn(&Partition, &NativeHost),
    ) -> Result<(), Failure> {
        let mut all: Vec<(i32, Stored)> = Vec::new();
        for (number, owner) in &owned.partitions {
            close(&owner.partition, self.host);
            let stored = owner.partition.to_store();
            if !stored.is_empty() {
                all.push((*number, stored));
            }
        }
        if all.is_empty() {
            return Ok(());
        }
        let decisions: Vec<(i32, Bytes)> = (all.iter())
            .flat_map(|(number, stored)| {
                stored.decisions.iter().map(|part| (*number, part.clone()))
            })
            .collect();
        let offsets: Vec<Position<'_>> = (all.iter())
            .flat_map(|(number, stored)| stored.commits.iter().map(|commit| (*number, commit)))
            .map(|(number, commit)| {
                let topic = self.kafka.topic(commit.signal);
                Position::new(topic, number, commit.offset, &commit.metadata)
            })
            .collect();
        let step = Commit {
            decisions: &decisions,
            offsets: &offsets,
        };
        match self.member.commit(&owned.assignment, step).await {
            Ok(()) => {
                for (number, stored) in &all {
                    if let Some(owner) = owned.partitions.get(number) {
                        owner.partition.stored(self.host, stored);
                    }
                    for commit in &stored.commits {
                        let topic = self.kafka.topic(commit.signal);
                        owned.lags.committed(topic, *number, commit.offset);
                    }
                }
                Ok(())
            }
            Err(CommitError::Fenced) => Err(Failure::Lost),
            Err(error @ CommitError::Later(_)) => {
                log::line(
                    Level::Warning,
                    &format!("Kafka: {error}; it is tried again"),
                );
                Ok(())
            }
            Err(error) => Err(Failure::Unknown(error.to_string())),
        }
    }

    /// Waits until what was taken has ended and is stored, for some seconds. The records of traces
    /// that wait are taken again by the next owner.
    async fn finish(&self, owned: &mut Owned) {
        let end = Instant::now() + FINISH_WITHIN;
        while Instant::now() < end {
            if self.step(owned, Partition::close_undecided).await.is_err() {
                return;
            }
            let mut partitions = owned.partitions.values();
            if partitions.all(|owner| owner.partition.is_idle()) {
                return;
            }
            sleep(FINISH_STEP).await;
        }
    }

    /// Takes no more messages of a partition while too much of it waits.
    fn bound_memory(&self, owned: &mut Owned) {
        let most = MOST_BYTES / owned.partitions.len().max(1);
        for (number, owner) in &mut owned.partitions {
            let fill = owner.partition.fill(most);
            let partitions = owned.assignment.partitions().iter();
            let partitions = partitions.filter(|of| of.partition == *number);
            let partitions: Vec<TopicPartition> = partitions.cloned().collect();
            let changed = match owner.is_paused {
                false if fill >= 1.0 => self.member.pause(&partitions),
                true if fill < 0.6 => self.member.resume(&partitions),
                _ => continue,
            };
            if changed.is_ok() {
                owner.is_paused = !owner.is_paused;
            }
        }
    }

    fn signal(&self, topic: &str) -> Option<Signal> {
        let mut signals = SIGNALS.into_iter();
        signals.find(|signal| self.kafka.topic(*signal) == topic)
    }
}

/// How often a step is closed: records wait for it, and each is a transaction.
const STEP: Duration = Duration::from_millis(200);
/// How long partitions that are given back are finished: less than the group waits.
const FINISH_WITHIN: Duration = Duration::from_secs(8);
const FINISH_STEP: Duration = Duration::from_millis(50);
/// Bytes that wait for backends on one core before no more is taken.
const MOST_BYTES: usize = 64 << 20;
const LOGGED_FOR: Duration = Duration::from_secs(60);
pub(super) const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];
