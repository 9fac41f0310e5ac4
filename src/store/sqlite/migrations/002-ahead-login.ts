/** User names to find people by, owed emails, links and other keys of people on ahead login, tickets and API tokens. */
export const aheadLogin = `
  ALTER TABLE users ADD COLUMN upn TEXT;
  ALTER TABLE users ADD COLUMN due_at TEXT;
  UPDATE users SET upn = fold(data ->> 2);
  CREATE INDEX users_by_upn ON users (connection, upn) WHERE upn IS NOT NULL;
  CREATE INDEX users_due ON users (connection, due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE keys (
    connection INTEGER NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (connection, key, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tickets (
    connection INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (connection, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tickets_by_end ON tickets (connection, until);

  CREATE TABLE tokens (
    connection INTEGER NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    data TEXT NOT NULL,
    revoked_at TEXT,
    PRIMARY KEY (connection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX tokens_by_hash ON tokens (connection, hash);
`
