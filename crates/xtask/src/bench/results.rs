//! The measurements of one kind of request, and their table.

use super::load::Responses;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// Measurements, a row for each program. The others are compared with the first.
#[derive(Debug)]
pub(super) struct Results(Vec<Row>);

#[derive(Debug)]
struct Row {
    name: String,
    /// Microseconds per span, by round.
    cpu: Vec<f64>,
    peak_memory: u64,
    spans: usize,
    responses: Responses,
}

impl Results {
    /// No measurements yet.
    pub(super) fn new(names: Vec<String>) -> Self {
        let row = |name| Row {
            name,
            cpu: Vec::new(),
            peak_memory: 0,
            spans: 0,
            responses: Responses::new(),
        };
        Self(names.into_iter().map(row).collect())
    }

    /// Adds a round of the program at `index`.
    pub(super) fn record(
        &mut self,
        index: usize,
        cpu: Duration,
        spans: usize,
        responses: &Responses,
    ) {
        let row = &mut self.0[index];
        row.cpu.push(cpu.as_secs_f64() * 1e6 / spans as f64);
        row.spans += spans;
        for (status, count) in responses {
            *row.responses.entry(*status).or_default() += count;
        }
    }

    /// How many times the CPU time of the first program the one with this name spent, and the
    /// CPU time of the first in µs per span.
    pub(super) fn times_of_first(&self, name: &str) -> Option<(f64, f64)> {
        let (first, other) = (self.0.first()?, self.0.iter().find(|row| row.name == name)?);
        let ratios = other.cpu.iter().zip(&first.cpu);
        let times = Spread::of(ratios.map(|(other, first)| other / first)).median;
        Some((times, Spread::of(first.cpu.iter().copied()).median))
    }

    /// Responses of all programs that were no success, by their status.
    pub(super) fn refused(&self) -> Responses {
        let mut refused = Responses::new();
        for (status, count) in self.0.iter().flat_map(|row| &row.responses) {
            if !(200..300).contains(status) {
                *refused.entry(*status).or_default() += count;
            }
        }
        refused
    }

    /// Sets the most memory, in bytes, of the program at `index`.
    pub(super) fn set_peak_memory(&mut self, index: usize, bytes: u64) {
        self.0[index].peak_memory = bytes;
    }
}

impl Display for Results {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|row| row.name.len()).max();
        let width = width.unwrap_or_default().max("program".len());
        writeln!(
            f,
            "  {:<width$}  {:>20}  {:>6}  {:>8}  {:>9}  responses",
            "program", "CPU µs per span", "ratio", "peak MB", "sent"
        )?;
        for row in &self.0 {
            let first = self.0.first().map_or(&[][..], |first| &first.cpu);
            // Round by round, since other work on the machine changes between rounds.
            let ratios = row.cpu.iter().zip(first).map(|(own, first)| own / first);
            let cpu = Spread::of(row.cpu.iter().copied());
            let responses: Vec<String> = row
                .responses
                .iter()
                .map(|(status, count)| format!("{count} × {status}"))
                .collect();
            writeln!(
                f,
                "  {:<width$}  {:>20}  {:>6.2}  {:>8.1}  {:>9}  {}",
                row.name,
                cpu.to_string(),
                Spread::of(ratios).median,
                row.peak_memory as f64 / 1e6,
                row.spans,
                responses.join(", ")
            )?;
        }
        Ok(())
    }
}

/// Median, lowest and highest of some numbers.
pub(super) struct Spread {
    pub(super) median: f64,
    lowest: f64,
    highest: f64,
}

impl Spread {
    pub(super) fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        let at = |index: usize| numbers.get(index).copied().unwrap_or(f64::NAN);
        let (half, last) = (numbers.len() / 2, numbers.len().saturating_sub(1));
        Self {
            median: (at(half) + at(last - half.min(last))) / 2.0,
            lowest: at(0),
            highest: at(last),
        }
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            lowest,
            highest,
        } = self;
        write!(f, "{median:.2} ({lowest:.2}–{highest:.2})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        for (numbers, median) in [
            (vec![3.0], 3.0),
            (vec![4.0, 1.0], 2.5),
            (vec![9.0, 1.0, 2.0], 2.0),
            (vec![9.0, 1.0, 2.0, 4.0], 3.0),
        ] {
            assert_eq!(Spread::of(numbers.into_iter()).median, median);
        }
    }

    #[test]
    fn a_program_is_compared_with_the_first_of_the_same_round() {
        let mut results = Results::new(vec!["a".into(), "b".into()]);
        let responses = Responses::from([(200, 5)]);
        for (index, milliseconds) in [(0, 10), (1, 30), (0, 20), (1, 60)] {
            let cpu = Duration::from_millis(milliseconds);
            results.record(index, cpu, 1000, &responses);
        }
        results.set_peak_memory(1, 12_340_000);
        let table = results.to_string();
        let row = table.lines().last().expect("a row");
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            cells,
            [
                "b",
                "45.00",
                "(30.00–60.00)",
                "3.00",
                "12.3",
                "2000",
                "10",
                "×",
                "200"
            ]
        );
    }
}
