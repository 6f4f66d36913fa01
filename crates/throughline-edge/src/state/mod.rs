//! State that outlives one request.

pub(crate) mod duplicates;
pub(crate) mod quota;
