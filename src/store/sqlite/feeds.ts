import { NEW_FEEDS, type FeedName, type Feeds } from '../../domain/feed.js'
import type { Database } from './database.js'
import { parse } from './rows.js'

/** What an older version did not know yet reads as in a new feed. */
export function readFeed<N extends FeedName>(db: Database, connection: number, name: N): Feeds[N] {
  const fresh = structuredClone(NEW_FEEDS[name])
  const row = db.get('SELECT data FROM feeds WHERE connection = ? AND name = ?', connection, name) as
    { data: string } | undefined
  return row ? { ...fresh, ...(parse(db, row.data, `the feed ${name}`) as Feeds[N]) } : fresh
}

export function writeFeeds(db: Database, connection: number, feeds: Partial<Feeds>): void {
  for (const [name, feed] of Object.entries(feeds))
    db.run(
      `INSERT INTO feeds (connection, name, data) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET data = excluded.data WHERE data IS NOT excluded.data`,
      connection,
      name,
      JSON.stringify(feed),
    )
}
