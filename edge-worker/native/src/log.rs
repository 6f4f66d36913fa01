//! Writes log lines for the operator.

use crate::clock::now_unix_nano;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::OnceLock;
use throughline_edge::host::Level;

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `2026-11-14T12:00:00.000Z WARN throughline: message`
    #[default]
    Text,
    /// `{"time":"2026-11-14T12:00:00.000Z","level":"warn","message":"message"}`
    Json,
}

/// Sets the form of all lines from now on. The first call counts.
pub(crate) fn set_format(format: LogFormat) {
    let _ = FORMAT.set(format);
}

/// Writes a line to standard error.
pub(crate) fn line(level: Level, message: &str) {
    let format = FORMAT.get().copied().unwrap_or_default();
    let line = format_line(format, now_unix_nano(), level, message);
    // Standard error is closed: there is nowhere to report that to.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

fn format_line(format: LogFormat, now_unix_nano: u64, level: Level, message: &str) -> String {
    let time = timestamp(now_unix_nano);
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warn",
        Level::Error => "error",
    };
    match format {
        LogFormat::Text => {
            // Some messages contain text of others: a line stays one line.
            let message = message.replace(char::is_control, " ");
            format!("{time} {} throughline: {message}\n", level.to_uppercase())
        }
        LogFormat::Json => {
            let message = escaped(message);
            format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"message\":\"{message}\"}}\n")
        }
    }
}

/// The time in UTC: <https://www.rfc-editor.org/rfc/rfc3339>.
pub(crate) fn timestamp(unix_nano: u64) -> String {
    let milliseconds = unix_nano / 1_000_000;
    let seconds = milliseconds / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    let (second, millisecond) = (seconds % 60, milliseconds % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// Year, month and day of a day since 1970-01-01.
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    // The years of this calendar begin in March.
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year_of_era + next, month, day)
}

/// The text between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                escaped.push('\\');
                escaped.push(character);
            }
            control if control.is_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_time_and_level() {
        for (unix_nano, time) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999Z"),
            (1_709_251_200_000_000_000, "2024-03-01T00:00:00.000Z"),
            (1_798_761_599_000_000_000, "2026-12-31T23:59:59.000Z"),
            (4_102_444_800_000_000_000, "2100-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(timestamp(unix_nano), time);
        }
        let now = 1_794_657_600_000_000_000;
        let line = |format| format_line(format, now, Level::Warning, "a \"b\" \\\u{1}é");
        assert_eq!(
            line(LogFormat::Text),
            "2026-11-14T12:00:00.000Z WARN throughline: a \"b\" \\ é\n"
        );
        assert_eq!(
            line(LogFormat::Json),
            "{\"time\":\"2026-11-14T12:00:00.000Z\",\"level\":\"warn\",\"message\":\"a \\\"b\\\" \\\\\\u0001é\"}\n"
        );
    }
}
