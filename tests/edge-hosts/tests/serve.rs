//! Tests that `cargo xtask serve` leaves no host behind.

use std::env;
use std::net::TcpStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use throughline_edge_hosts::running::{RunningHost, unused_authority};

#[test]
#[cfg(target_os = "linux")]
fn a_host_ends_when_serve_is_killed() {
    let host = env::var("THROUGHLINE_HOST").unwrap_or_else(|_| "native".to_owned());
    let authority = unused_authority().expect("a port");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let nowhere = "[backend]\nkind = \"null\"\n";
    let mut running =
        RunningHost::start(&host, &authority, nowhere, folder).expect("a running host");
    assert!(TcpStream::connect(&authority).is_ok());
    running.kill_serve().expect("it runs");
    let begun = Instant::now();
    while TcpStream::connect(&authority).is_ok() {
        assert!(begun.elapsed() < ENDED_WITHIN, "{host} still runs");
        sleep(POLL);
    }
}

/// A host ends at once when no request is under way.
const ENDED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
