//! The releases of services, in the order in which they were first seen.
//!
//! A version is no number: `1.10` is behind `1.9`, and a hash of a commit has no order. So the order is
//! that in which this store has seen them, and it outlives the telemetry that was evicted.

use crate::decode::service_version;
use rusqlite::{Connection, OptionalExtension, params};

/// A release, by the place in the order.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) id: i64,
    pub(super) version: String,
}

/// The version that a resource has.
#[derive(Debug)]
pub(super) enum Version {
    /// No version.
    None,
    /// A version that is too long, or was forgotten.
    Unknown,
    Known(Release),
}

/// Writes the release of a resource, unless it is there.
pub(super) fn record(
    connection: &Connection,
    service: i64,
    resource: &[u8],
) -> rusqlite::Result<()> {
    let Some(version) = service_version(resource).filter(|version| version.len() <= LONGEST) else {
        return Ok(());
    };
    let is_new = connection
        .prepare_cached(
            "INSERT INTO release (service, version) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![service, version])?;
    if is_new > 0 {
        connection
            .prepare_cached("DELETE FROM release WHERE id <= (SELECT max(id) FROM release) - ?1")?
            .execute([MOST])?;
    }
    Ok(())
}

/// Writes the releases of the resources that are stored, in the order of these.
pub(super) fn record_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT service, bytes FROM resource ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        record(
            connection,
            row.get(0)?,
            row.get_ref(1)?.as_blob().unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// The release of a resource that is stored.
pub(super) fn of_resource(connection: &Connection, resource: i64) -> rusqlite::Result<Version> {
    let (service, bytes): (i64, Vec<u8>) = connection
        .prepare_cached("SELECT service, bytes FROM resource WHERE id = ?1")?
        .query_row([resource], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(version) = service_version(&bytes) else {
        return Ok(Version::None);
    };
    let known = connection
        .prepare_cached("SELECT id, version FROM release WHERE service = ?1 AND version = ?2")?
        .query_row(params![service, version], |row| {
            Ok(Release {
                id: row.get(0)?,
                version: row.get(1)?,
            })
        })
        .optional()?;
    Ok(known.map_or(Version::Unknown, Version::Known))
}

/// The place of the newest release; 0 where there is none.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM release")?
        .query_row([], |row| row.get(0))
}

/// Bytes of a version: a longer one is none.
const LONGEST: usize = 256;
/// Releases that are known: older ones are forgotten.
const MOST: i64 = 10_000;
