//! Measurements of the Worker in workerd: `cargo xtask bench worker`.

mod flags;
mod json;
mod load;
mod programs;
mod requests;
mod upstream;

use super::results::Spread;
use super::usage::{Usage, peak_memory};
use crate::command::root;
use crate::failure::Failure;
use crate::process::Interrupt;
use flags::Flags;
use programs::{Program, Programs, Role};
use requests::Request;
use std::path::Path;
use std::time::Duration;
use upstream::Upstream;

/// `cargo xtask bench worker …`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some(flags) = Flags::parse(arguments)? else {
        println!("{}", flags::HELP);
        return Ok(());
    };
    let folder = root().join("target/bench/worker");
    // The logs of the last run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let upstream = Upstream::start()?;
    let programs = Programs::build(&folder, upstream.port)?;
    let interrupt = Interrupt::listen()?;
    print_starts(&flags, &programs, &interrupt)?;
    print_requests(&flags, &programs, &upstream, &folder, &interrupt)
}

/// How long each program takes from its start to the first response.
fn print_starts(flags: &Flags, programs: &Programs, interrupt: &Interrupt) -> Result<(), Failure> {
    println!(
        "{} starts in turns, median (lowest to highest)\n",
        flags.starts
    );
    let roles = [Role::Worker, Role::Script];
    let mut times = roles.map(|_| Vec::new());
    for _ in 0..flags.starts {
        for (role, times) in roles.into_iter().zip(&mut times) {
            let (program, ready_after) = programs.start(role, interrupt)?;
            drop(program);
            times.push(milliseconds(ready_after));
        }
    }
    println!("  {:<38}  {:>22}", "program", "ms to the first 200");
    for (role, times) in roles.into_iter().zip(times) {
        println!(
            "  {:<38}  {:>22}",
            role.title(),
            Spread::of(times.into_iter()).to_string()
        );
    }
    println!();
    Ok(())
}

/// The CPU time that each kind of request costs the Worker, and a script that does next to nothing.
fn print_requests(
    flags: &Flags,
    programs: &Programs,
    upstream: &Upstream,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    println!(
        "{} rounds of {} requests; CPU time of workerd, median (lowest to highest)\n",
        flags.rounds, flags.requests
    );
    println!(
        "  {:<38}  {:>24}  {:>24}  {:>6}",
        "request", "Worker, µs", "script, µs", "ratio"
    );
    let start = |role| programs.start(role, interrupt).map(|(program, _)| program);
    let (worker, exporting) = (start(Role::Worker)?, start(Role::Exporting)?);
    let script = start(Role::Script)?;
    let usage = Usage::new()?;
    for request in Request::all(folder)? {
        let of_request = if request.leaves { &exporting } else { &worker };
        let measured = [of_request, &script];
        let send = |program: &Program, count: usize| -> Result<f64, Failure> {
            let before = usage.cpu_time(program.id())?;
            load::send(program.port, &request, count, interrupt)?;
            upstream.wait_until_idle(interrupt)?;
            let spent = usage.cpu_time(program.id())?.saturating_sub(before);
            Ok(spent.as_secs_f64() * 1e6 / count as f64)
        };
        for program in measured {
            send(program, flags.requests.div_ceil(WARM_UP_PART))?;
        }
        let mut costs = [Vec::new(), Vec::new()];
        for round in 0..flags.rounds {
            for turn in 0..measured.len() {
                let index = (round + turn) % measured.len();
                costs[index].push(send(measured[index], flags.requests)?);
            }
        }
        let [own, other] = costs;
        // Round by round, since other work on the machine changes between rounds.
        let ratios = own.iter().zip(&other).map(|(own, other)| own / other);
        let ratio = Spread::of(ratios).median;
        println!(
            "  {:<38}  {:>24}  {:>24}  {ratio:>6.2}",
            request.title,
            Spread::of(own.into_iter()).to_string(),
            Spread::of(other.into_iter()).to_string(),
        );
    }
    println!("\n  {:<38}  {:>9}", "program", "peak MB");
    for (role, program) in [
        (Role::Worker, &worker),
        (Role::Exporting, &exporting),
        (Role::Script, &script),
    ] {
        let peak = peak_memory(program.id())? as f64 / 1e6;
        println!("  {:<38}  {peak:>9.1}", role.title());
    }
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A third of a round, unmeasured, before the first: V8 compiles what runs often again.
const WARM_UP_PART: usize = 3;
