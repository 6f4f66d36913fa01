//! Creates the database schema, and checks that of an existing file.

use super::{StoreError, releases};
use rusqlite::Connection;
use std::time::Duration;

/// Creates the tables in an empty database, and those that are missing in a store of version 7 or 8;
/// refuses a database that is no store.
pub(super) fn prepare(connection: Connection) -> Result<Connection, StoreError> {
    let mut connection = configure(connection)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.execute_batch(SCHEMA_8)?;
        transaction.execute_batch(SCHEMA_9)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    let found = pragma(&connection, "application_id")?;
    if found != APPLICATION_ID {
        let expected = APPLICATION_ID;
        return Err(StoreError::Foreign { found, expected });
    }
    match pragma(&connection, "user_version")? {
        VERSION => {}
        found @ (7 | 8) => {
            let transaction = connection.transaction()?;
            if found == 7 {
                transaction.execute_batch(SCHEMA_8)?;
                releases::record_all(&transaction)?;
            }
            transaction.execute_batch(SCHEMA_9)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        found => {
            let expected = VERSION;
            return Err(StoreError::Foreign { found, expected });
        }
    }
    Ok(connection)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
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

/// Applies the settings of a connection that reads alone.
pub(super) fn configure_reader(connection: Connection) -> Result<Connection, StoreError> {
    let connection = configure(connection)?;
    // The points of one series are on as many pages as there are points: a system call for each takes
    // most of the time of a query.
    connection.pragma_update_and_check(None, "mmap_size", MAPPED_BYTES, |_| Ok(()))?;
    Ok(connection)
}

const SCHEMA: &str = include_str!("schema.sql");
const SCHEMA_8: &str = include_str!("schema_8.sql");
const SCHEMA_9: &str = include_str!("schema_9.sql");
/// Marks the file as ours, in its header: `TLVS`.
/// <https://www.sqlite.org/pragma.html#pragma_application_id>
const APPLICATION_ID: i64 = 0x544c_5653;
/// Increases with every change of the schema, and of what its columns hold.
const VERSION: i64 = 9;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 96;
/// Of a file, at most: a store has some 500 MB.
const MAPPED_BYTES: i64 = 1 << 30;
