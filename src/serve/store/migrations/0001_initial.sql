-- The first schema. Times are milliseconds since 1970 (UTC), except mtime, which is nanoseconds as the file
-- system gives it. Paths are bytes, because file names are.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE collections (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A directory that is indexed. Its collection keeps its name as long as the root is there.
CREATE TABLE roots (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections,
    path       BLOB NOT NULL UNIQUE
) STRICT;

-- Every file that was seen, whether it is indexed or not, and every document given in a request (no root).
CREATE TABLE documents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections,
    root       INTEGER REFERENCES roots,
    path       BLOB NOT NULL,
    size       INTEGER NOT NULL,
    mtime      INTEGER NOT NULL,
    observed   INTEGER NOT NULL,
    -- Why it is not indexed: a stable code and a sentence. Null where it is.
    skip_code  TEXT,
    skip_why   TEXT
) STRICT;
CREATE UNIQUE INDEX documents_by_path ON documents (root, path) WHERE root IS NOT NULL;
CREATE UNIQUE INDEX documents_by_name ON documents (collection, path) WHERE root IS NULL;

-- The content of a document as of a day. A document that is indexed has exactly one current revision, the
-- one that is not superseded; the passages of superseded ones are gone.
CREATE TABLE revisions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    document   INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    hash       BLOB NOT NULL,
    bytes      INTEGER NOT NULL,
    format     TEXT NOT NULL,
    title      TEXT,
    observed   INTEGER NOT NULL,
    superseded INTEGER,
    chunks     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX revisions_current ON revisions (document) WHERE superseded IS NULL;
CREATE INDEX revisions_by_document ON revisions (document);
CREATE INDEX revisions_by_hash ON revisions (hash);

CREATE TABLE chunks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    revision   INTEGER NOT NULL REFERENCES revisions ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    heading    TEXT NOT NULL,
    page       INTEGER,
    line_first INTEGER,
    line_last  INTEGER,
    row_first  INTEGER,
    row_last   INTEGER,
    tokens     INTEGER NOT NULL,
    text       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_revision ON chunks (revision, ordinal);

-- What derived indexes still have to do: a revision to (re-)index, or one to forget. Rows that every index
-- has applied are deleted; meta.trimmed is the last such number.
CREATE TABLE changes (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    added    INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password   TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    generation INTEGER NOT NULL DEFAULT 0,
    one_time   INTEGER NOT NULL DEFAULT 0,
    created    INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL
) STRICT;
