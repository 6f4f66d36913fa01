//! Stores repeated resources, scopes and services once, under an id.

use super::releases;
use crate::decode;
use rusqlite::{Connection, OptionalExtension, params};

/// The ids of a resource and of its service.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourceIds {
    pub(super) resource: i64,
    pub(super) service: i64,
}

/// Caches the last resource and scope of a batch, which the next record nearly always
/// shares.
#[derive(Debug, Default)]
pub(super) struct Intern<'a> {
    resource: Option<(&'a [u8], ResourceIds)>,
    scope: Option<(&'a [u8], i64)>,
}

impl<'a> Intern<'a> {
    pub(super) fn resource(
        &mut self,
        connection: &Connection,
        bytes: &'a [u8],
    ) -> rusqlite::Result<ResourceIds> {
        if let Some((last, id)) = self.resource
            && std::ptr::eq(last, bytes)
        {
            return Ok(id);
        }
        let found = connection
            .prepare_cached("SELECT id, service FROM resource WHERE bytes = ?1")?
            .query_row([bytes], |row| {
                Ok(ResourceIds {
                    resource: row.get(0)?,
                    service: row.get(1)?,
                })
            })
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => insert_resource(connection, bytes)?,
        };
        self.resource = Some((bytes, id));
        Ok(id)
    }

    pub(super) fn scope(
        &mut self,
        connection: &Connection,
        bytes: &'a [u8],
    ) -> rusqlite::Result<i64> {
        if let Some((last, id)) = self.scope
            && std::ptr::eq(last, bytes)
        {
            return Ok(id);
        }
        connection
            .prepare_cached("INSERT INTO scope (bytes) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([bytes])?;
        let id = connection
            .prepare_cached("SELECT id FROM scope WHERE bytes = ?1")?
            .query_row([bytes], |row| row.get(0))?;
        self.scope = Some((bytes, id));
        Ok(id)
    }
}

/// The id of a service; a new service gets the next id.
pub(super) fn service(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO service (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([name])?;
    connection
        .prepare_cached("SELECT id FROM service WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

fn insert_resource(connection: &Connection, bytes: &[u8]) -> rusqlite::Result<ResourceIds> {
    let service = service(connection, &decode::service_name(bytes))?;
    connection
        .prepare_cached("INSERT INTO resource (service, bytes) VALUES (?1, ?2)")?
        .execute(params![service, bytes])?;
    let resource = connection.last_insert_rowid();
    releases::record(connection, service, bytes)?;
    Ok(ResourceIds { resource, service })
}
