//! Connections that change their protocol: status 101.

use core::time::Duration;

/// Joins the connections of a client and an upstream that have changed their protocol.
///
/// A request to fetch that has `connection: upgrade` may get a response with status 101. When
/// [`Edge::handle`](crate::Edge::handle) returns it, the host passes bytes on in both
/// directions until both have ended, or until nothing has passed for [`UpgradeIdle`].
pub trait Upgrades {
    /// Whether the platform can do so for a protocol, whose name is in lower case.
    ///
    /// # Errors
    /// The reason why it cannot, for the operator.
    fn check(protocol: &str) -> Result<(), &'static str>;
}

/// A platform that passes on whatever bytes there are.
#[derive(Debug, Clone, Copy)]
pub struct AnyProtocol;

impl Upgrades for AnyProtocol {
    fn check(_: &str) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Among the extensions of a response with status 101: the time without a byte in either
/// direction after which the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeIdle(pub Duration);
