//! Runs the measurements of single passes over a request, an example of `throughline-otlp`.

use crate::command::{command, output, root};
use crate::failure::Failure;

/// Prints nanoseconds per span of each pass that the example measures.
pub(super) fn run() -> Result<(), Failure> {
    if !root().join(EXAMPLE).is_file() {
        println!("Passes over a request: not built yet; {EXAMPLE} is missing");
        return Ok(());
    }
    let arguments = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "throughline-otlp",
        "--example",
        "passes",
    ];
    let text = output(&mut command("cargo", &arguments))?;
    let passes: Vec<(&str, f64)> = text.lines().filter_map(pass).collect();
    if passes.is_empty() {
        return Err(Failure::Check(format!(
            "{EXAMPLE} printed no line `pass NAME ns_per_span NUMBER`"
        )));
    }
    println!("Passes over a request\n\n  {:<24}  ns per span", "pass");
    for (name, nanoseconds) in passes {
        println!("  {name:<24}  {nanoseconds:>11.1}");
    }
    Ok(())
}

/// Reads `pass identity ns_per_span 12.3`.
fn pass(line: &str) -> Option<(&str, f64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["pass", name, "ns_per_span", number] => Some((name, number.parse().ok()?)),
        _ => None,
    }
}

const EXAMPLE: &str = "crates/throughline-otlp/examples/passes.rs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_read_from_its_line() {
        assert_eq!(
            pass("pass identity ns_per_span 12.3"),
            Some(("identity", 12.3))
        );
        assert_eq!(pass("warming up"), None);
    }
}
