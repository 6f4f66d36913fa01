//! Authenticates senders by their key and origin.

mod key;
mod project;

pub(crate) use key::{KEY_PREFIX, SECRET_PREFIX};
pub(crate) use project::{Project, Projects};
