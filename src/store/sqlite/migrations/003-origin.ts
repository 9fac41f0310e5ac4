/** Which store this is, and what it is a copy of. */
export const origin = `
  CREATE TABLE origin (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`
