//! The cost of the durable queue of the native host: CPU time, bytes on the disk, syncs.

use super::batch::{Encoding, Request};
use super::counter::Counter;
use super::flags::Flags;
use super::load::{Load, SETTLE};
use super::processing::Processing;
use super::programs::{Program, throughline_config};
use super::usage::{Usage, written_bytes};
use crate::failure::Failure;
use crate::process::Interrupt;
use std::path::Path;
use std::time::Instant;

/// Sends the same load to a host without a queue and to one with it, and prints what each spends.
pub(super) fn measure(
    throughline: &Path,
    flags: &Flags,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let request = Request::new(500, Encoding::Identity, folder)?;
    println!(
        "The durable queue: {}\n\n  {:<22} {:>11} {:>9} {:>11} {:>11} {:>9} {:>10}",
        request.title(),
        "export",
        "µs per span",
        "spans/s",
        "stored B/B",
        "on disk B/B",
        "syncs/s",
        "puts/sync"
    );
    for compression in ["gzip", "none"] {
        for is_durable in [false, true] {
            let bench = Bench {
                throughline,
                flags,
                folder,
                interrupt,
                request: &request,
            };
            bench.row(compression, is_durable)?;
        }
    }
    println!(
        "\n  stored B/B: bytes of messages by those of the requests. on disk B/B: bytes that the \
         process wrote,\n  in whole pages, by the bytes of messages.\n"
    );
    Ok(())
}

struct Bench<'a> {
    throughline: &'a Path,
    flags: &'a Flags,
    folder: &'a Path,
    interrupt: &'a Interrupt,
    request: &'a Request,
}

impl Bench<'_> {
    fn row(&self, compression: &str, is_durable: bool) -> Result<(), Failure> {
        let counter = Counter::start()?;
        let processing = Processing::Nothing.of_throughline();
        let start = |name: &str, config: String| {
            let (folder, interrupt) = (self.folder, self.interrupt);
            Program::throughline(name, self.throughline, &config, folder, interrupt)
        };
        // Uncompressed, so that the counter can read what arrives.
        let receiver = start(
            "receiver",
            throughline_config(counter.port, "none") + &processing,
        )?;
        let mut config = throughline_config(receiver.port, compression);
        if is_durable {
            config += "durable = true\n";
        }
        config += &processing;
        if is_durable {
            let directory = self.folder.join(format!("queue-{compression}"));
            config += &format!("[queue]\ndirectory = \"{}\"\n", directory.display());
        }
        let host = start("throughline", config)?;
        let (process, port) = (host.process.id(), host.port);
        let usage = Usage::new()?;
        let send = |requests| {
            let load = Load::new(self.request, self.request.spans, &counter, self.interrupt);
            load.send(port, requests)
        };
        let requests = self.flags.spans.div_ceil(self.request.spans);
        send(requests.div_ceil(10))?;
        let mut times = Vec::new();
        let (mut seconds, before) = (0.0, written_bytes(process)?);
        for _ in 0..self.flags.rounds {
            let (cpu, begun) = (usage.cpu_time(process)?, Instant::now());
            send(requests)?;
            seconds += begun.elapsed().as_secs_f64() - SETTLE.as_secs_f64();
            let spent = usage.cpu_time(process)?.saturating_sub(cpu);
            times.push(spent.as_secs_f64() * 1e6 / (requests * self.request.spans) as f64);
        }
        let written = written_bytes(process)?.saturating_sub(before) as f64;
        drop(host);
        times.sort_by(f64::total_cmp);
        let sent = requests * self.flags.rounds;
        let cpu = times[times.len() / 2];
        let speed = (sent * self.request.spans) as f64 / seconds;
        let name = format!("{compression}{}", if is_durable { ", durable" } else { "" });
        print!("  {name:<22} {cpu:>11.2} {speed:>9.0}");
        if is_durable {
            let log = self.folder.join(format!("{port}.log"));
            let text = std::fs::read_to_string(&log).map_err(Failure::path(&log))?;
            let stored = Stored::parse(&text).ok_or_else(|| {
                Failure::Check(format!("{} does not say what was stored", log.display()))
            })?;
            let all = stored.messages as f64;
            let bytes = stored.bytes as f64 / all * sent as f64;
            let syncs = stored.syncs as f64 / all * sent as f64;
            print!(
                " {:>11.3} {:>11.2} {:>9.0} {:>10.2}",
                bytes / (sent * self.request.body.len()) as f64,
                written / bytes,
                syncs / seconds,
                all / stored.syncs as f64
            );
        }
        println!();
        Ok(())
    }
}

/// The counts in the log at the end: `it stored 3 messages of 120 bytes with 2 syncs`.
#[derive(Debug, PartialEq, Eq)]
struct Stored {
    messages: u64,
    bytes: u64,
    syncs: u64,
}

impl Stored {
    fn parse(log: &str) -> Option<Self> {
        let (_, rest) = log.rsplit_once(" it stored ")?;
        let mut numbers = rest.split(' ').filter_map(|word| word.parse().ok());
        Some(Self {
            messages: numbers.next()?,
            bytes: numbers.next()?,
            syncs: numbers.next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_from_the_log() {
        let log = "INFO the queue in /q has 0 messages, 0 bytes; since the start it stored 3 messages of 120 bytes with 2 syncs\n";
        let stored = Stored {
            messages: 3,
            bytes: 120,
            syncs: 2,
        };
        assert_eq!(Stored::parse(log), Some(stored));
        assert_eq!(Stored::parse("listening"), None);
    }
}
