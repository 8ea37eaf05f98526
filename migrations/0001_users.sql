-- One text for SQLite and PostgreSQL. SQLite reads UUID, BOOLEAN and TIMESTAMPTZ as affinities, so
-- its tables cannot be STRICT; ids are 16-byte BLOBs there, times RFC 3339 texts in UTC.
-- Times are bound by the service, in whole seconds; no statement asks the database for the time.
CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT,
    email TEXT NOT NULL CONSTRAINT users_email_key UNIQUE,
    email_verified TIMESTAMPTZ,
    image TEXT,
    role TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    session_epoch BIGINT NOT NULL,
    link_epoch BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
