//! A typed client of Kafka: puts records, is a member of a consumer group, and commits the
//! group's steps in transactions.
//!
//! It is thin: `librdkafka` speaks the protocol, on threads of its own. What is async here waits on
//! channels, or on `spawn_blocking` where librdkafka has a blocking call alone, so that it works on
//! current-thread runtimes of tokio.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use throughline_kafka::{Commit, Event, Member, Position, Settings, Start};
//!
//! let settings = Settings::new(["kafka:9092"], "throughline");
//! let (member, mut events) = Member::join(&settings, &["otlp_spans", "otlp_logs"]).await?;
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Assigned(assignment) => {
//!             let committed = member.committed(assignment.partitions()).await?;
//!             let from: Vec<_> = committed.iter().map(Start::after).collect();
//!             member.start(&assignment, &from).await?;
//!         }
//!         Event::Message(message) => println!("{} {}", message.partition, message.offset),
//!         Event::Revoked(revocation) => {
//!             let offsets = [Position::new("otlp_spans", 0, 17, "what became of them")];
//!             let step = Commit { decisions: &[], offsets: &offsets };
//!             member.commit(revocation.assignment(), step).await?;
//!             // The next owner begins when the revocation is dropped.
//!         }
//!         Event::Lost(_) | Event::Error(_) => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod decisions;
mod error;
mod member;
mod partitioner;
mod producer;
mod progress;
mod settings;
mod topics;

pub use decisions::{Decision, Decisions};
pub use error::{Code, RequestError};
pub use member::{
    Assignment, Commit, CommitError, Committed, Event, Events, JoinError, Member, Message, Offset,
    Position, Revocation, Start, StartError, TopicPartition,
};
pub use partitioner::partition_of;
pub use producer::{Producer, Put, PutError};
pub use progress::{Progress, progress};
pub use settings::{Compression, Secret, Security, Settings, SettingsError};
pub use topics::{NewTopic, create_topics, partitions};
