//! Splits requests whose records are further apart in time than a backend takes in one.

use super::backend::Part;
use bytes::Bytes;
use core::time::Duration;
use throughline_otlp::Signal;
use throughline_otlp::field::{log_record, span};
use throughline_otlp::protobuf::Value;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite_inspected};

/// Splits an inspected request of `records` records into parts, in each of which no two records are
/// further apart than `most`: the newest ones come first. Metrics stay as they are.
///
/// Halves of the request would not do: where old and new records take turns, each half has both.
pub(super) fn split_by_gap(
    signal: Signal,
    request: Bytes,
    records: u64,
    most: Duration,
) -> Vec<Part> {
    let whole = |request| vec![Part { request, records }];
    if time_field(signal).is_none() {
        return whole(request);
    }
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    let mut times = Times {
        signal,
        newest: None,
        oldest: u64::MAX,
    };
    // What was inspected can be read.
    let read = rewrite_inspected(signal, &request, &mut [&mut times]);
    let (Ok(_), Some(newest)) = (read, times.newest) else {
        return whole(request);
    };
    if newest - times.oldest <= most {
        return whole(request);
    }
    let mut parts = Vec::new();
    let mut next = Some(newest);
    while let Some(to) = next {
        // Whatever is left comes with the last part: so many are refused for their age alone.
        let from = match parts.len() + 1 < MOST_PARTS {
            true => to.saturating_sub(most),
            false => 0,
        };
        let mut within = Within {
            signal,
            from,
            to,
            next: None,
        };
        let Ok(kept) = rewrite_inspected(signal, &request, &mut [&mut within]) else {
            break;
        };
        parts.push(Part {
            records: kept.kept(),
            request: kept.request.into_owned().into(),
        });
        next = within.next;
    }
    parts
}

/// Finds the newest and the oldest time.
struct Times {
    signal: Signal,
    newest: Option<u64>,
    oldest: u64,
}

impl Stage for Times {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let time = time_of(self.signal, record);
        self.newest = self.newest.max(Some(time));
        self.oldest = self.oldest.min(time);
        Keep::Yes
    }
}

/// Keeps what is between two times, and finds the newest time before.
struct Within {
    signal: Signal,
    from: u64,
    to: u64,
    next: Option<u64>,
}

impl Stage for Within {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let time = time_of(self.signal, record);
        if time < self.from {
            self.next = self.next.max(Some(time));
        }
        match (self.from..=self.to).contains(&time) {
            true => Keep::Yes,
            false => Keep::No,
        }
    }
}

/// The time of a record in ns since the Unix epoch; 0 where it has none.
fn time_of(signal: Signal, record: &Message<'_>) -> u64 {
    let mut fields = record.fields();
    let time = fields.find(|field| Some(field.number) == time_field(signal));
    match time.map(|field| field.value) {
        Some(Value::Fixed64(time)) => time,
        _ => 0,
    }
}

const fn time_field(signal: Signal) -> Option<u32> {
    match signal {
        Signal::Traces => Some(span::START_TIME_UNIX_NANO),
        Signal::Logs => Some(log_record::TIME_UNIX_NANO),
        Signal::Metrics => None,
    }
}

/// Two weeks, and a part for what is older: no backend with such a limit takes more.
const MOST_PARTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use throughline_otlp::protobuf::Writer;

    /// A request with a log record for each time, in two groups.
    fn request(times: &[u64]) -> Bytes {
        let mut writer = Writer::new();
        for times in times.chunks(times.len().div_ceil(2).max(1)) {
            let group = writer.open(1);
            let scope = writer.open(2);
            for time in times {
                let record = writer.open(2);
                writer.fixed64(log_record::TIME_UNIX_NANO, *time);
                writer.close(record);
            }
            writer.close(scope);
            writer.close(group);
        }
        writer.into_bytes().into()
    }

    /// The oldest and the newest time of a request, and how many records it has.
    fn of(request: &Bytes) -> (u64, u64, u64) {
        let mut times = Times {
            signal: Signal::Logs,
            newest: None,
            oldest: u64::MAX,
        };
        let read = rewrite_inspected(Signal::Logs, request, &mut [&mut times]).expect("sound");
        (times.oldest, times.newest.expect("a record"), read.records)
    }

    proptest! {
        #[test]
        fn each_record_is_in_one_part_and_none_has_records_too_far_apart(
            times in prop::collection::vec(1_u64..1_000, 1..40),
            most in 100_u64..2_000,
        ) {
            let sent = request(&times);
            let all = times.len() as u64;
            let parts = split_by_gap(Signal::Logs, sent, all, Duration::from_nanos(most));
            prop_assert_eq!(parts.iter().map(|part| part.records).sum::<u64>(), all);
            for part in &parts {
                let (oldest, newest, records) = of(&part.request);
                prop_assert_eq!(records, part.records);
                prop_assert!(newest - oldest <= most);
            }
            let spread = times.iter().max().unwrap_or(&0) - times.iter().min().unwrap_or(&0);
            prop_assert_eq!(parts.len() == 1, spread <= most);
        }
    }

    #[test]
    fn there_are_not_more_parts_than_a_backend_has_days() {
        let times: Vec<u64> = (1..100).map(|time| time * 10).collect();
        let parts = split_by_gap(Signal::Logs, request(&times), 99, Duration::from_nanos(1));
        let records: Vec<u64> = parts.iter().map(|part| part.records).collect();
        assert_eq!(records.len(), MOST_PARTS);
        assert_eq!(records.last(), Some(&84));
    }
}
