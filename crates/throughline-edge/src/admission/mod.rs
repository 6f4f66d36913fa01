//! Authenticates senders by their key and origin.

mod project;

pub(crate) use project::{KEY_PREFIX, Project, Projects};
