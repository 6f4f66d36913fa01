//! The edge's HTTP surface: routes, CORS, refusals and responses.

pub(crate) mod base_url;
pub(crate) mod caller;
pub(crate) mod cors;
pub(crate) mod media_type;
mod refusal;
mod refusal_reason;
pub(crate) mod response;
pub(crate) mod route;
pub(crate) mod signature;

pub(crate) use media_type::media_type;
pub(crate) use refusal::Refusal;
pub use refusal_reason::RefusalReason;
