-- version 2
CREATE TABLE checkpoint (
  id               INTEGER PRIMARY KEY,
  journal_sequence INTEGER NOT NULL,
  time_ms          INTEGER NOT NULL,
  engine_version   TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  chunks           INTEGER NOT NULL,
  crc              INTEGER NOT NULL
) STRICT;

CREATE TABLE checkpoint_chunk (
  id       INTEGER PRIMARY KEY,
  bytes    INTEGER NOT NULL,
  encoding INTEGER NOT NULL,
  crc      INTEGER NOT NULL,
  data     BLOB NOT NULL
) STRICT;

CREATE TABLE incarnation (
  id  INTEGER PRIMARY KEY,
  hex TEXT NOT NULL
, starts TEXT NOT NULL DEFAULT '{}', after_ms INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE journal (
  sequence       INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,
  time_ms        INTEGER NOT NULL,
  engine_time_ms INTEGER NOT NULL,
  count          INTEGER NOT NULL,
  bytes          INTEGER NOT NULL,
  bytes_total    INTEGER NOT NULL,
  digest         INTEGER NOT NULL,
  engine_version TEXT NOT NULL,
  encoding       INTEGER NOT NULL,
  crc            INTEGER NOT NULL,
  data           BLOB NOT NULL
) STRICT;

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  position    INTEGER PRIMARY KEY,
  incarnation TEXT NOT NULL,
  rows        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL,
  encoding    INTEGER NOT NULL,
  crc         INTEGER NOT NULL,
  data        BLOB NOT NULL
) STRICT;

CREATE TABLE session (
  source             TEXT NOT NULL,
  client_id          TEXT NOT NULL,
  session            INTEGER NOT NULL,
  expiry_seconds     INTEGER NOT NULL,
  disconnected_at_ms INTEGER,
  filters            TEXT, -- JSON array: what our own session at a broker is subscribed to
  PRIMARY KEY (source, client_id)
) STRICT, WITHOUT ROWID;
