//! The series of a day as text: what was counted in each minute.

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    /// The metric with its labels, as Prometheus writes it.
    pub(super) name: String,
    /// The minute of the day of the first count.
    pub(super) from: usize,
    /// By how much it grew in each minute; `None` where it was not there. It begins anew, at 0, in the
    /// minute after that.
    pub(super) counts: Vec<Option<u64>>,
}

impl Series {
    /// Writes series, two lines each.
    pub(super) fn write(all: &[Self]) -> String {
        let mut text = String::from(HEADER);
        for Series { name, from, counts } in all {
            let counts = counts.iter().map(|count| match count {
                Some(count) => count.to_string(),
                None => ABSENT.to_owned(),
            });
            let counts: Vec<String> = counts.collect();
            text.push_str(&format!("{name} from {from}\n{}\n", counts.join(" ")));
        }
        text
    }

    /// Reads what [`Series::write`] wrote; `None` when a line is something else.
    pub(super) fn read(text: &str) -> Option<Vec<Self>> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            let (name, from) = line.rsplit_once(" from ")?;
            let counts = lines.next()?.split(' ').map(|count| match count {
                ABSENT => Some(None),
                count => Some(Some(count.parse().ok()?)),
            });
            all.push(Series {
                name: name.to_owned(),
                from: from.parse().ok()?,
                counts: counts.collect::<Option<_>>()?,
            });
        }
        Some(all)
    }

    /// The value in each minute, in promtool's notation.
    pub(super) fn values(&self) -> String {
        let mut values = vec![ABSENT.to_owned(); self.from];
        let mut sum = 0;
        values.extend(self.counts.iter().map(|count| match count {
            Some(count) => {
                sum += count;
                sum.to_string()
            }
            None => {
                sum = 0;
                ABSENT.to_owned()
            }
        }));
        values.join(" ")
    }
}

/// A minute without a value, here and in promtool's notation.
const ABSENT: &str = "_";
const HEADER: &str =
    "# Counts of each minute of a day: a series and its first minute, then the counts.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_values_are_sums() {
        let series = Series {
            name: r#"a_total{b="from c"}"#.to_owned(),
            from: 2,
            counts: vec![Some(3), Some(0), Some(4), None, Some(2)],
        };
        assert_eq!(series.values(), "_ _ 3 3 7 _ 2");
        let text = Series::write(core::slice::from_ref(&series));
        assert_eq!(Series::read(&text), Some(vec![series]));
        assert_eq!(Series::read("a_total 3"), None);
    }
}
