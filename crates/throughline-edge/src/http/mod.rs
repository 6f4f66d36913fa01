//! The edge's HTTP surface: routes, CORS, refusals and responses.

pub(crate) mod answer;
pub(crate) mod base_url;
pub(crate) mod cors;
mod refusal;
pub(crate) mod route;

pub(crate) use refusal::Refusal;
