//! The groups of exceptions that a person has marked as resolved, and those that came back.

use super::releases::{self, Version};
use rusqlite::{Connection, OptionalExtension, params};

/// Marks a group as resolved at a time, in ns since the Unix epoch; returns false where it has no
/// exception.
pub(super) fn resolve(
    connection: &Connection,
    fingerprint: i64,
    time: i64,
) -> rusqlite::Result<bool> {
    if !is_stored(connection, fingerprint)? {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO resolution (fingerprint, time, release) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![fingerprint, time, releases::newest(connection)?])?;
    Ok(true)
}

/// Takes back that a group is resolved; returns false where it has neither resolution nor exception.
pub(super) fn reopen(connection: &Connection, fingerprint: i64) -> rusqlite::Result<bool> {
    let deleted = connection
        .prepare_cached("DELETE FROM resolution WHERE fingerprint = ?1")?
        .execute([fingerprint])?;
    // A resolution outlives its exceptions.
    Ok(deleted > 0 || is_stored(connection, fingerprint)?)
}

/// Marks the group of an exception that is being stored as one that came back, if it was resolved
/// before and the exception contradicts: it is later than the resolution, and its release, where it has
/// one, was first seen after it. Of several that contradict the earliest counts.
pub(super) fn compare(
    connection: &Connection,
    fingerprint: i64,
    time: i64,
    resource: i64,
) -> rusqlite::Result<()> {
    let newest: Option<i64> = connection
        .prepare_cached(
            "SELECT release FROM resolution
             WHERE fingerprint = ?1 AND time < ?2 AND (came_back IS NULL OR came_back > ?2)",
        )?
        .query_row(params![fingerprint, time], |row| row.get(0))
        .optional()?;
    let Some(newest) = newest else {
        return Ok(());
    };
    let release = match releases::of_resource(connection, resource)? {
        Version::Known(release) if release.id <= newest => return Ok(()),
        // One that is forgotten is older than those that are known.
        Version::Unknown => return Ok(()),
        Version::Known(release) => release.version,
        Version::None => String::new(),
    };
    connection
        .prepare_cached(
            "UPDATE resolution SET came_back = ?2, came_back_release = ?3 WHERE fingerprint = ?1",
        )?
        .execute(params![fingerprint, time, release])?;
    Ok(())
}

fn is_stored(connection: &Connection, fingerprint: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM exception WHERE fingerprint = ?1)")?
        .query_row([fingerprint], |row| row.get(0))
}
