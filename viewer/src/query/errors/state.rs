//! The state of a group of exceptions: whether it is new, and whether it was resolved and came back.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::{Value as Json, json};

/// The state of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The newest release of its services alone has thrown it, and there were others before.
    New,
    /// Neither new nor resolved.
    Open,
    /// A person has said that it is resolved, and no exception has contradicted since.
    Resolved,
    /// An exception came in a release after the resolution or, without a release, later.
    CameBack,
}

impl State {
    /// The texts of all states, for a message.
    pub(super) const TEXTS: &str = "`new`, `open`, `resolved` or `came back`";

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::New, Self::Open, Self::Resolved, Self::CameBack]
            .into_iter()
            .find(|state| state.text() == text)
    }

    /// The state of the group with this fingerprint, which these releases have thrown.
    pub(super) fn of(
        connection: &Connection,
        fingerprint: i64,
        releases: &[String],
        resolution: Option<&Resolution>,
    ) -> rusqlite::Result<Self> {
        Ok(match resolution {
            Some(Resolution {
                came_back: Some(_), ..
            }) => Self::CameBack,
            Some(_) => Self::Resolved,
            None if is_new(connection, fingerprint, releases)? => Self::New,
            None => Self::Open,
        })
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::CameBack => "came back",
        }
    }
}

/// When a group was resolved, and when and in which release it came back.
pub(super) struct Resolution {
    /// ns since the Unix epoch.
    time: i64,
    /// The time of the exception with which it came back, and its release, empty where it has none.
    came_back: Option<(i64, String)>,
}

impl Resolution {
    pub(super) fn of(connection: &Connection, fingerprint: i64) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(
                "SELECT time, came_back, came_back_release FROM resolution WHERE fingerprint = ?1",
            )?
            .query_row([fingerprint], Self::read)
            .optional()
    }

    pub(super) fn json(self) -> Json {
        json!({
            "time_unix_nano": self.time.to_string(),
            "came_back": self.came_back.map(|(time, release)| json!({
                "time_unix_nano": time.to_string(),
                "release": release,
            })),
        })
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let came_back: Option<i64> = row.get(1)?;
        Ok(Self {
            time: row.get(0)?,
            came_back: match came_back {
                Some(time) => Some((time, row.get(2)?)),
                None => None,
            },
        })
    }
}

/// Whether the group is there since the newest release of its services alone, where there were
/// others before. `releases` are those that threw it.
fn is_new(
    connection: &Connection,
    fingerprint: i64,
    releases: &[String],
) -> rusqlite::Result<bool> {
    let [release] = releases else {
        return Ok(false);
    };
    let versions = connection
        .prepare_cached(
            "SELECT version FROM release
             WHERE service IN (SELECT service FROM exception WHERE fingerprint = ?1)
             GROUP BY version ORDER BY min(id)",
        )?
        .query_map([fingerprint], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(versions.len() > 1 && versions.last() == Some(release))
}
