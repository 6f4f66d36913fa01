-- The tables that version 8 of the schema adds to those of `schema.sql`.

-- Releases of services, `service.version`, in the order in which they were first seen.
CREATE TABLE release (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL,
    version TEXT NOT NULL,
    UNIQUE (service, version)
);

-- Groups of exceptions that a person has marked as resolved. They outlive their exceptions.
CREATE TABLE resolution (
    fingerprint INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    -- The newest release then; 0 for none.
    release INTEGER NOT NULL,
    -- The time and the release of the exception with which it came back.
    came_back INTEGER,
    came_back_release TEXT NOT NULL DEFAULT ''
);
