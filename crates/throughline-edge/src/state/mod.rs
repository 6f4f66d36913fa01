//! State that outlives one request.

pub(crate) mod duplicates;
pub(crate) mod owner;
pub(crate) mod tail;
