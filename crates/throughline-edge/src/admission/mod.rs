//! Admission: which senders may send.

mod project;

pub(crate) use project::{KEY_PREFIX, Project, Projects};
