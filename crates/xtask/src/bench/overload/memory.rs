//! The resident memory of a program, second by second.

use crate::failure::Failure;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// Bytes, by the time since the load began.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<(Duration, u64)>);

impl Samples {
    /// Adds the memory of this moment.
    pub(super) fn add(&mut self, at: Duration, bytes: u64) {
        self.0.push((at, bytes));
    }

    /// Fails when memory grows: when the most of the last third is more than a tenth above the
    /// most of the middle third. The first fills queues.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let (middle, last) = self.thirds();
        if last as f64 <= middle as f64 * 1.1 {
            return Ok(());
        }
        Err(Failure::Check(format!(
            "memory grows: at most {:.1} MB in the middle third, and {:.1} MB in the last",
            megabytes(middle),
            megabytes(last)
        )))
    }

    /// The most of the middle third, and of the last.
    fn thirds(&self) -> (u64, u64) {
        let third = self.0.len() / 3;
        let most = |samples: &[(Duration, u64)]| samples.iter().map(|(_, bytes)| *bytes).max();
        let (_, rest) = self.0.split_at(third);
        let (middle, last) = rest.split_at(third);
        (
            most(middle).unwrap_or_default(),
            most(last).unwrap_or_default(),
        )
    }

    fn at(&self, time: Duration) -> Option<u64> {
        let sample = self.0.iter().rev().find(|(at, _)| *at <= time)?;
        Some(sample.1)
    }
}

impl Display for Samples {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let end = self.0.last().map_or(Duration::ZERO, |(at, _)| *at);
        writeln!(f, "\n  {:<20} {:>9}", "after", "memory MB")?;
        let minutes = [1, 2, 5, 10].map(|minutes| Duration::from_secs(minutes * 60));
        // The last sample may come a moment before the whole minute.
        let is_near = |minute: Duration| minute.abs_diff(end) <= Duration::from_secs(2);
        let last = (!minutes.into_iter().any(is_near)).then_some(end);
        let whole = minutes
            .into_iter()
            .filter(|minute| *minute < end || is_near(*minute));
        for at in whole.chain(last) {
            let memory = megabytes(self.at(at).unwrap_or_default());
            writeln!(f, "  {:<20} {memory:>9.1}", format!("{} s", at.as_secs()))?;
        }
        let (middle, last) = self.thirds();
        writeln!(
            f,
            "  {:<20} {:>9.1}",
            "most, middle third",
            megabytes(middle)
        )?;
        writeln!(f, "  {:<20} {:>9.1}", "most, last third", megabytes(last))
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(megabytes: &[u64]) -> Samples {
        let samples = megabytes.iter().enumerate();
        let samples =
            samples.map(|(second, most)| (Duration::from_secs(second as u64), most * 1_000_000));
        Samples(samples.collect())
    }

    #[test]
    fn memory_that_grows_after_the_first_third_fails() {
        assert!(samples(&[5, 90, 50, 52, 50, 54]).check().is_ok());
        let message = samples(&[5, 90, 50, 52, 50, 58])
            .check()
            .expect_err("it grows")
            .to_string();
        assert!(
            message.contains("52.0 MB in the middle third, and 58.0 MB"),
            "{message}"
        );
    }
}
