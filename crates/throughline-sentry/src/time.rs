//! Times: seconds since the Unix epoch, or RFC 3339.

use crate::json::Json;

/// A time in ns since the Unix epoch; `None` for anything else.
pub(crate) fn unix_nano(time: &Json<'_>) -> Option<u64> {
    match time {
        Json::Text(text) => rfc3339(text).or_else(|| text.parse().ok().and_then(from_seconds)),
        _ => time.as_double().and_then(from_seconds),
    }
}

/// Seconds as a double are exact to about a quarter of a microsecond: what is below it is
/// noise.
fn from_seconds(seconds: f64) -> Option<u64> {
    let micros = seconds * 1e6 + 0.5;
    (0.0..LATEST_MICROS)
        .contains(&micros)
        .then(|| micros as u64 * 1000)
}

/// Parses `2026-11-29T02:57:36.119765Z`. Without a zone it is UTC, as SDKs mean it.
///
/// <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>
pub(crate) fn rfc3339(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let in_range = (1970..=2500).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = u64::try_from(seconds - offset_seconds(zone)?).ok()?;
    Some(seconds * 1_000_000_000 + nanos)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

/// The fraction of a second in ns, and what follows it.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = rest.bytes().position(|byte| !byte.is_ascii_digit());
    let (digits, zone) = rest.split_at(end.unwrap_or(rest.len()));
    let mut nanos = 0;
    for digit in digits.bytes().chain([b'0'; 9]).take(9) {
        nanos = nanos * 10 + u64::from(digit - b'0');
    }
    (!digits.is_empty()).then_some((nanos, zone))
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let sign = match zone.bytes().next() {
        None | Some(b'Z' | b'z') if zone.len() < 2 => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    let in_range = (0..24).contains(&hours) && (0..60).contains(&minutes);
    in_range.then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days from 1970-01-01, by <https://howardhinnant.github.io/date_algorithms.html>.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let of_era = year - era * 400;
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The first time in µs that 64 bits of ns cannot hold.
const LATEST_MICROS: f64 = 1.8e16;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::Cow;

    #[test]
    fn both_forms_give_the_same_time() {
        let text = |text| unix_nano(&Json::Text(Cow::Borrowed(text)));
        let expected = Some(1_795_921_056_119_765_000);
        assert_eq!(text("2026-11-29T02:57:36.119765Z"), expected);
        assert_eq!(text("2026-11-29T04:57:36.119765+02:00"), expected);
        assert_eq!(text("2026-11-28 21:27:36.119765-05:30"), expected);
        assert_eq!(text("2026-11-29T02:57:36.119765"), expected);
        assert_eq!(text("1795921056.119765"), expected);
        assert_eq!(unix_nano(&Json::Double(1_795_921_056.119_765)), expected);
        assert_eq!(unix_nano(&Json::Int(0)), Some(0));
        assert_eq!(text("2000-02-29T00:00:00Z"), Some(951_782_400_000_000_000));
        for wrong in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-11-29T02:57:36.Z",
            "2026-11-29T02:57:36Zx",
            "+026-11-29T02:57:36Z",
        ] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e20] {
            assert_eq!(unix_nano(&Json::Double(wrong)), None, "{wrong}");
        }
    }
}
