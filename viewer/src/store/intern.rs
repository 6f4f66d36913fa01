//! Stores repeated resources, scopes and services once, under a number.

use crate::decode;
use rusqlite::{Connection, OptionalExtension, params};

/// A resource's number and its service's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourceNumber {
    pub(super) resource: i64,
    pub(super) service: i64,
}

/// Caches the last resource and scope of a batch, which the next record nearly always
/// shares.
#[derive(Debug, Default)]
pub(super) struct Intern<'a> {
    resource: Option<(&'a [u8], ResourceNumber)>,
    scope: Option<(&'a [u8], i64)>,
}

impl<'a> Intern<'a> {
    pub(super) fn resource(
        &mut self,
        connection: &Connection,
        bytes: &'a [u8],
    ) -> rusqlite::Result<ResourceNumber> {
        if let Some((last, number)) = self.resource
            && std::ptr::eq(last, bytes)
        {
            return Ok(number);
        }
        let found = connection
            .prepare_cached("SELECT id, service FROM resource WHERE bytes = ?1")?
            .query_row([bytes], |row| {
                Ok(ResourceNumber {
                    resource: row.get(0)?,
                    service: row.get(1)?,
                })
            })
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => insert_resource(connection, bytes)?,
        };
        self.resource = Some((bytes, number));
        Ok(number)
    }

    pub(super) fn scope(
        &mut self,
        connection: &Connection,
        bytes: &'a [u8],
    ) -> rusqlite::Result<i64> {
        if let Some((last, number)) = self.scope
            && std::ptr::eq(last, bytes)
        {
            return Ok(number);
        }
        connection
            .prepare_cached("INSERT INTO scope (bytes) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([bytes])?;
        let number = connection
            .prepare_cached("SELECT id FROM scope WHERE bytes = ?1")?
            .query_row([bytes], |row| row.get(0))?;
        self.scope = Some((bytes, number));
        Ok(number)
    }
}

/// The number of a service; a new service gets the next number.
pub(super) fn service(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO service (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([name])?;
    connection
        .prepare_cached("SELECT id FROM service WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

fn insert_resource(connection: &Connection, bytes: &[u8]) -> rusqlite::Result<ResourceNumber> {
    let service = service(connection, &decode::service_name(bytes))?;
    connection
        .prepare_cached("INSERT INTO resource (service, bytes) VALUES (?1, ?2)")?
        .execute(params![service, bytes])?;
    Ok(ResourceNumber {
        resource: connection.last_insert_rowid(),
        service,
    })
}
