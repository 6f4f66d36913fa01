//! Ports for programs that are told theirs before they listen.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An address of loopback on which nothing listens.
///
/// Its port is below those that systems choose by themselves (Linux: from 32768), so that no socket
/// of another test gets it before the program listens.
///
/// # Errors
/// [`io::ErrorKind::AddrInUse`] when all are taken.
pub fn unused_address() -> io::Result<SocketAddrV4> {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    // Programs of tests that run at once begin at different ports.
    let first = process::id() as usize * APART;
    for _ in 0..PORTS {
        let number = first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = u16::try_from(FIRST + number).unwrap_or_default();
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

const FIRST: usize = 20_000;
const PORTS: usize = 10_000;
/// More than the tests of one program take.
const APART: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_only_when_nothing_listens() -> io::Result<()> {
        let [first, second] = [unused_address()?, unused_address()?];
        assert_ne!(first, second);
        let listener = TcpListener::bind(first)?;
        assert_eq!(listener.local_addr()?, first.into());
        Ok(())
    }
}
