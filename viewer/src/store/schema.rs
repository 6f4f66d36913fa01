//! What must be true of a database before it is a store?

use super::StoreError;
use rusqlite::Connection;
use std::time::Duration;

/// Makes an empty database a store, and checks that a filled one is ours.
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

/// Sets what every connection needs.
pub(super) fn configure(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Losing the last moments of a development store to a power cut is fine;
    // waiting for the disk with every batch is not.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // Answers the mode that is in force, which for a store in memory stays `memory`.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    Ok(connection)
}

const SCHEMA: &str = include_str!("schema.sql");
/// Says in the file's header whose file it is: `TLVS`.
/// <https://www.sqlite.org/pragma.html#pragma_application_id>
const APPLICATION_ID: i64 = 0x544c_5653;
/// Rises with every change of `schema.sql`.
const VERSION: i64 = 2;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 64;
