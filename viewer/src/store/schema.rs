//! Creates the database schema, and checks that of an existing file.

use super::StoreError;
use rusqlite::Connection;
use std::time::Duration;

/// Creates the tables in an empty database; refuses a database that is no store.
pub(super) fn prepare(connection: Connection) -> Result<Connection, StoreError> {
    let mut connection = configure(connection)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    for (found, expected) in [
        (pragma("application_id")?, APPLICATION_ID),
        (pragma("user_version")?, VERSION),
    ] {
        if found != expected {
            return Err(StoreError::Foreign { found, expected });
        }
    }
    Ok(connection)
}

/// Applies the settings of every connection.
pub(super) fn configure(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A development store may lose its last seconds in a power cut; it must not wait
    // for the disk with every batch.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // Returns the mode in effect, which for a store in memory stays `memory`.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    Ok(connection)
}

const SCHEMA: &str = include_str!("schema.sql");
/// Marks the file as ours, in its header: `TLVS`.
/// <https://www.sqlite.org/pragma.html#pragma_application_id>
const APPLICATION_ID: i64 = 0x544c_5653;
/// Increases with every change of `schema.sql`, and of what its columns hold.
const VERSION: i64 = 7;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 64;
