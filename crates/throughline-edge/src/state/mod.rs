//! State that outlives one request.

pub(crate) mod aggregate;
pub(crate) mod clock_offset;
pub(crate) mod duplicates;
pub(crate) mod owner;
pub(crate) mod quota;
pub(crate) mod route_templates;
pub(crate) mod tail;
