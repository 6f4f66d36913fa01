//! State that outlives one request.

pub(crate) mod aggregate;
pub(crate) mod duplicates;
pub(crate) mod quota;
