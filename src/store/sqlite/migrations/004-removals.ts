/** Removals that wait, holds, what runs replaced, and how old the history is. */
export const removals = `
  ALTER TABLE users ADD COLUMN removal TEXT;
  ALTER TABLE users ADD COLUMN hold TEXT;
  CREATE INDEX users_by_removal ON users (connection, removal, id) WHERE removal IS NOT NULL;
  CREATE INDEX users_by_hold ON users (connection, hold, removal, id) WHERE hold IS NOT NULL;

  CREATE TABLE holds (
    connection INTEGER NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (connection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX holds_by_start ON holds (connection, created_at, id);
  CREATE INDEX holds_by_end ON holds (connection, ended, created_at, id);

  CREATE TABLE replaced (
    no INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    run TEXT NOT NULL,
    line INTEGER NOT NULL,
    people TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX replaced_by_run ON replaced (connection, started_at, run, line);

  ALTER TABLE history ADD COLUMN connection INTEGER;
  ALTER TABLE history ADD COLUMN at TEXT;
  UPDATE history SET connection = users.connection, at = entries ->> '$[#-1].at' FROM users WHERE users.no = user;
  UPDATE history SET at = NULL WHERE no IN (
    SELECT min(history.no) FROM history JOIN users ON users.no = user WHERE origin IS NULL GROUP BY user);
  CREATE INDEX history_by_age ON history (connection, at) WHERE at IS NOT NULL;
`
