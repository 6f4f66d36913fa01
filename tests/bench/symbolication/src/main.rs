//! Measures look-ups in indexes of source maps, beside `symbolic-sourcemapcache`.
//!
//! `throughline-bench-symbolication SCRIPT…`, each beside its map: how large both indexes are, how
//! long it takes to make them, and what a look-up costs, cold and warm. Cold, the index is in a file
//! that nothing of it has been read from by this process (the system may have it in memory); warm,
//! what is needed of it is in memory. A frame has its lines before and after. Times are those of the
//! processor. Both read the same positions in turns, and the frames are compared.

mod ours;
mod positions;
mod theirs;

use positions::sample;
use std::error::Error;
use std::path::Path;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;
use throughline_sourcemap::{Position, SourceMap};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A frame, as both know it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    source: Option<String>,
    line: u32,
    function: Option<String>,
    context: Option<String>,
}

fn main() -> Outcome<()> {
    for script in std::env::args().skip(1) {
        measure(Path::new(&script))?;
    }
    Ok(())
}

fn measure(script: &Path) -> Outcome<()> {
    let text = std::fs::read_to_string(script)?;
    let map = std::fs::read_to_string(script.with_extension("js.map"))?;
    println!(
        "\n{}: {} KB, its map {} KB",
        script.file_name().unwrap_or_default().display(),
        text.len() / 1000,
        map.len() / 1000,
    );
    let (ours, our_time) = timed(|| ours::make(&map, &text))?;
    let (theirs, their_time) = timed(|| theirs::make(&map, &text))?;
    println!("{:<34}{:>14}{:>14}{:>8}", "", "ours", "symbolic", "ratio");
    row("index, KB", ours.len() as f64 / 1e3, theirs.len() as f64 / 1e3);
    row("time to make it, ms", ms(our_time), ms(their_time));

    let parsed = SourceMap::parse(&map)?;
    let positions = sample(&text, &parsed, POSITIONS);
    compare(&ours, &theirs, &positions)?;
    let our_file = script.with_extension("ours");
    std::fs::write(&our_file, &ours)?;
    // For the measurement of the Worker.
    let printed: Vec<String> = (positions.iter())
        .map(|position| format!("{}:{}", position.line + 1, position.column + 1))
        .collect();
    std::fs::write(script.with_extension("positions"), printed.join("\n"))?;
    let their_file = script.with_extension("symbolic");
    std::fs::write(&their_file, &theirs)?;
    for frames in [1, 20] {
        let stacks: Vec<&[Position]> = positions.chunks_exact(frames).collect();
        println!("a stack of {frames}:");
        // The large file is read whole by each cold look-up of theirs.
        let few = stacks.iter().take(COLD / frames.min(COLD)).copied();
        let mut bytes = 0;
        let mut cold = [Duration::ZERO; 2];
        let mut count = 0;
        for stack in few {
            let (read, time) = timed(|| ours::cold(&our_file, stack))?;
            bytes += read;
            cold[0] += time;
            cold[1] += timed(|| theirs::cold(&their_file, stack))?.1;
            count += stack.len();
        }
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        row("  cold, µs per frame", each(cold[0]), each(cold[1]));
        let looked_up = (count / frames) as f64;
        row("  KB read per look-up", bytes as f64 / 1e3 / looked_up, theirs.len() as f64 / 1e3);
        let mut best = [Duration::MAX; 2];
        for _ in 0..ROUNDS {
            best[0] = best[0].min(timed(|| ours::warm(&ours, &stacks))?.1);
            best[1] = best[1].min(timed(|| theirs::warm(&theirs, &stacks))?.1);
        }
        let each = |time: Duration| time.as_secs_f64() * 1e6 / (stacks.len() * frames) as f64;
        row("  warm, µs per frame", each(best[0]), each(best[1]));
    }
    Ok(())
}

/// How many of the frames are the same.
fn compare(ours: &[u8], theirs: &[u8], positions: &[Position]) -> Outcome<()> {
    let [ours, theirs] = [ours::places(ours, positions)?, theirs::places(theirs, positions)?];
    let share = |same: &dyn Fn(&Place, &Place) -> bool| {
        let pairs = ours.iter().zip(&theirs);
        let equal = pairs.filter(|(ours, theirs)| match (ours, theirs) {
            (Some(ours), Some(theirs)) => same(ours, theirs),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        });
        100.0 * equal.count() as f64 / ours.len() as f64
    };
    println!(
        "same as symbolic, of {} frames: source and line {:.2} %, line's text {:.2} %, function {:.2} %",
        ours.len(),
        share(&|ours, theirs| ours.source == theirs.source && ours.line == theirs.line),
        share(&|ours, theirs| ours.context == theirs.context),
        share(&|ours, theirs| ours.function == theirs.function),
    );
    let differs = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs);
    if std::env::var_os("DIFFERENCES").is_some() {
        for (ours, theirs) in differs.take(20) {
            println!("  ours   {ours:?}\n  theirs {theirs:?}");
        }
    }
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let start = processor_time();
    let result = work()?;
    Ok((result, processor_time() - start))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn row(what: &str, ours: f64, theirs: f64) {
    println!("{what:<34}{ours:>14.1}{theirs:>14.1}{:>8.2}", ours / theirs);
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Positions that are looked up; those that are looked up cold; rounds of which the fastest counts.
const POSITIONS: usize = 4000;
const COLD: usize = 100;
const ROUNDS: usize = 5;
