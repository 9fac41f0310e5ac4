/** People, what a connection remembers, runs and leases. `open.ts` tells the layout and its reasons. */
export const firstTables = `
  CREATE TABLE connections (
    no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE users (
    no INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    id TEXT NOT NULL,
    entra_object_id ANY,
    revision INTEGER NOT NULL,
    presence TEXT NOT NULL,
    status TEXT NOT NULL,
    account TEXT NOT NULL,
    account_reason TEXT,
    first_login INTEGER NOT NULL,
    origin INTEGER,
    search TEXT,
    data TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX users_by_id ON users (connection, id);
  CREATE UNIQUE INDEX users_by_object_id ON users (connection, entra_object_id) WHERE entra_object_id IS NOT NULL;
  CREATE INDEX users_by_reason ON users (connection, account_reason, id) WHERE account_reason IS NOT NULL;

  CREATE TABLE origins (
    no INTEGER PRIMARY KEY,
    entries TEXT NOT NULL
  ) STRICT;
  CREATE TABLE history (
    no INTEGER PRIMARY KEY,
    user INTEGER NOT NULL,
    entries TEXT NOT NULL
  ) STRICT;
  CREATE INDEX history_by_user ON history (user);

  CREATE TABLE tallies (
    connection INTEGER NOT NULL,
    status TEXT NOT NULL,
    account TEXT NOT NULL,
    first_login INTEGER NOT NULL,
    people INTEGER NOT NULL,
    PRIMARY KEY (connection, status, account, first_login)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE feeds (
    connection INTEGER NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (connection, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE passes (
    connection INTEGER PRIMARY KEY,
    newest INTEGER NOT NULL,
    swept INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE stamps (
    connection INTEGER NOT NULL,
    page INTEGER NOT NULL,
    object_ids TEXT NOT NULL,
    PRIMARY KEY (connection, page)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE candidates (
    connection INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (connection, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE parked (
    connection INTEGER NOT NULL,
    entra_object_id TEXT NOT NULL,
    first_at TEXT NOT NULL,
    first TEXT NOT NULL,
    last_at TEXT NOT NULL,
    last TEXT NOT NULL,
    PRIMARY KEY (connection, entra_object_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    no INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    id TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX runs_by_id ON runs (connection, id);
  CREATE INDEX runs_by_start ON runs (connection, started_at, id);
  CREATE INDEX runs_unfinished ON runs (connection) WHERE finished = 0;

  CREATE TABLE run_log (
    run INTEGER NOT NULL,
    line INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (run, line)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    connection INTEGER PRIMARY KEY,
    fence INTEGER NOT NULL,
    holder TEXT,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    ttl INTEGER NOT NULL
  ) STRICT;
`
