//! The address to listen on: numbers, or a name that resolves to some.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::str::FromStr;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "String"))]
pub struct Listen(Vec<SocketAddr>);

impl Listen {
    /// Listens on the first address of the name that this machine has.
    ///
    /// # Errors
    /// The system's, with the address that it is about.
    pub(crate) fn bind(&self) -> Result<TcpListener, (SocketAddr, std::io::Error)> {
        let mut refused = None;
        for address in &self.0 {
            match TcpListener::bind(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => {
                    let is_elsewhere = error.kind() == std::io::ErrorKind::AddrNotAvailable;
                    refused.get_or_insert((*address, error));
                    // Another address of the name may be taken for a mistake: senders that
                    // try this one would reach the program that has it.
                    if !is_elsewhere {
                        break;
                    }
                }
            }
        }
        Err(refused.unwrap_or_else(|| {
            let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
            (nowhere, std::io::ErrorKind::AddrNotAvailable.into())
        }))
    }
}

impl Listen {
    /// Whether what listens on the other one takes an address of this one.
    pub(crate) fn is_taken_by(&self, other: &Self) -> bool {
        let mut pairs =
            (self.0.iter()).flat_map(|one| other.0.iter().map(move |other| (one, other)));
        pairs.any(|(one, other)| one == other && one.port() != 0)
    }
}

#[cfg(feature = "dev")]
impl Listen {
    /// Whether only this machine reaches it.
    pub(crate) fn is_loopback(&self) -> bool {
        (self.0.iter()).all(|address| address.ip().to_canonical().is_loopback())
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self(vec![address])
    }
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        if let Ok(address) = text.parse() {
            return Ok(Self(vec![address]));
        }
        let is_named = (text.rsplit_once(':')).is_some_and(|(name, port)| {
            !name.is_empty() && !name.contains(['/', '@', ':']) && port.parse::<u16>().is_ok()
        });
        if !is_named {
            return Err(ListenError::Form);
        }
        let resolved = text.to_socket_addrs().map_err(|_| ListenError::Name)?;
        let mut addresses: Vec<SocketAddr> = resolved.collect();
        // `localhost` is both; senders that use 127.0.0.1 must reach it too.
        addresses.sort_by_key(SocketAddr::is_ipv6);
        if addresses.is_empty() {
            return Err(ListenError::Name);
        }
        Ok(Self(addresses))
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Listen;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "an address and a port, {EXAMPLES}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Listen, E> {
                text.parse().map_err(E::custom)
            }
        }
        source.deserialize_str(Text)
    }
}

impl Serialize for Listen {
    /// Writes the address that is tried first.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let first = self.0.first().map(SocketAddr::to_string);
        first.unwrap_or_default().serialize(to)
    }
}

/// Why there is no such address. The operator is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Not an address with a port.
    #[error("not an address and a port, {EXAMPLES}")]
    Form,
    /// A name without an address.
    #[error("the name in front of the port has no address here")]
    Name,
}

const EXAMPLES: &str = "such as 127.0.0.1:4318, [::1]:4318, localhost:4318 or 0.0.0.0:4318";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_addresses() {
        for (text, first) in [
            ("127.0.0.1:4318", "127.0.0.1:4318"),
            ("[::1]:4318", "[::1]:4318"),
            ("localhost:8088", "127.0.0.1:8088"),
        ] {
            let listen: Listen = text.parse().expect(text);
            assert_eq!(listen.0[0].to_string(), first);
        }
        for text in [
            "",
            "8088",
            ":8088",
            "localhost",
            "localhost:",
            "http://localhost:8088",
            "::1:80",
            "a@b:1",
            "localhost:99999",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(ListenError::Form), "{text}");
        }
        assert_eq!(
            "no.such.invalid:1".parse::<Listen>(),
            Err(ListenError::Name)
        );
    }
}
