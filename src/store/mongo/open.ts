import type { ConnectionStore, Store } from '../port.js'
import { connectionNames, storeOrigin } from './archive-origin.js'
import { archiveStore } from './archive.js'
import { DatabaseClock, type Clocks } from './clock.js'
import { commitBatch, writePart } from './commit.js'
import { Database, type DatabaseOptions } from './database.js'
import { readHistory } from './history.js'
import { holdStore } from './holds.js'
import { leaseStore } from './leases.js'
import { migrate } from './migrate.js'
import { parkedIds } from './parked.js'
import { readCandidates } from './passes.js'
import { countOwed, dueUsers, findUsers, knownUsers, listUsers, readRemovals, readTally, usersByKey } from './people.js'
import { runStore } from './runs.js'
import { readFeed } from './state.js'
import { ticketStore } from './tickets.js'
import { tokenStore } from './tokens.js'

/**
 * The store for those who outgrow one machine: as many processes as wanted beside one MongoDB, which may be alone, a
 * replica set, sharded, or a service that only speaks the protocol. Only the write of a single document is taken to be
 * atomic: there are no transactions of several, and nothing depends on TTL indexes, change streams, `$lookup`,
 * collation or updates by pipeline.
 *
 * A person is one document of `people`: the record, what they are found by, and their newest history entries, so that
 * a change and its entry are never apart. It is written only over the revision it was planned from.
 *
 * A connection is one document of `connections`: lease and fence, the feeds, the newest run with its last log lines,
 * which pass was swept, and the intent of the commit that is under way. `version` counts its changes; each is a
 * comparison of `fence` and `version` with a write, so that whoever has lost the lease changes nothing there.
 *
 * A commit of a run writes in this order. What a crash leaves:
 *
 *   1  once per run: the run before, to its own document;   the same copy is made again; a run that has done nothing
 *      then the connection names the new one               yet, whose end is written by the next one
 *   2  the intent: who is written over which revision,     nobody is written yet; the intent is revoked
 *      the hold, the numbers of what is replaced
 *   3  the hold                                            revoking writes it: one without people is harmless, people
 *                                                          without their hold are not
 *   4  what the people are replaced by, in `replaced`      revoking leaves in it who was written, or puts an empty one in
 *                                                          its place
 *   5  the people, in one unordered bulk                   those written are found by the commit's mark, the others are
 *                                                          revoked; the page is read again and finds the former unchanged
 *   6  parked sign-ins: those applied go, new ones are     revoking lets go those of people who were written; parking
 *      folded in                                           again folds the same in
 *   7  the page's stamps; at the end of a pass its         overwritten by the page read again; candidates carry the
 *      candidates                                          commit's mark, which counts from step 9 on only
 *   8  candidates who were looked up go                    the others are looked up again
 *   9  one comparison and write: feeds, run, counts, log   from here on the commit has happened
 *      lines, passes; the intent is dropped
 *  10  log lines and history entries that have grown too   copied under names made of their numbers before they are
 *      many move to `runLines` and `history`; what passes  dropped; whatever is left over is done by a later commit
 *      that are over have left is removed
 *
 * Without people and hold there are no steps 2 to 5. Who takes the lease over raises the fence and revokes the intent: each
 * revision that is still as recorded moves on by one, and where somebody was to be inserted stays an empty place, of a
 * revision below 0, which nobody sees and only a later insertion fills. Then the dead process, should it only have
 * slept, has nothing left it could write over: its hold is there in that revision, its numbers of `replaced` are taken, its
 * people have moved on. Those whose revision was moved on carry the mark as revoked and stay in `replaced` with nothing to
 * give back, so that whoever undoes the run does not take them for changed by somebody else. Who was written is credited to the dead run, and only then is the intent
 * dropped: a crash in between has the next one do the same again. A process whose own commit has failed half-way does
 * all that itself before its next one.
 *
 * When somebody is lost in the middle of step 5, `replaced` is settled in the same way; the others have been written. They keep the commit's mark until the
 * page, planned again, has found them unchanged; then the run is credited what they were. So everybody is counted once.
 *
 * Outside of runs (`write`) each person is a write of their own, without an intent: whoever asks is told. Where an answer
 * is lost, the mark of the write (`last`) is looked for once; an error then says that it is not there so far. Afterwards
 * parked sign-ins go or are folded in, the feeds are set, and history entries move, in this order. A crash leaves people
 * who are written, and others who are not, each whole; sign-ins that were applied and are still parked change nothing when
 * they are applied again; feeds as they were have the same bounces read, the same notice thought of again.
 *
 * | query | index |
 * |---|---|
 * | known, commit, write, find by object id, end of a pass | people: key |
 * | find by our id, list, history | people: connection, id |
 * | find by user principal name | people: connection, upn |
 * | byKey | people: connection, keys |
 * | removals by state, by hold | people: connection, removalState, id and connection, hold, removalState, id |
 * | due, owed | people: connection, dueAt, id |
 * | tally, list by status or of those stuck | people: connection, status, account, loggedIn, id |
 * | list by reason | people: connection, accountReason, id |
 * | list by account or first login alone | people: connection, id, each looked at |
 * | history, the older part | history: connection, user, from |
 * | parked of a page, feed, a ticket, a run and its lines, stamps of a page | _id |
 * | tickets that are over | tickets: connection, until |
 * | parked, listed | parked: connection, entraObjectId |
 * | candidates | candidates: connection, sweep, id |
 * | end of a pass | stamps: connection, pass |
 * | runs, listed | runs: connection, startedAt, runId |
 * | runs without an end | runs: connection, finished, startedAt |
 * | holds, all and those without an end | holds: connection, createdAt, id and connection, ended, createdAt, id |
 * | a hold, what a run replaced | _id |
 * | pruning | runs and holds as above; runLines: connection, runId, from; replaced: connection, startedAt, runId, no; history: connection, at |
 * | tokens | tokens: connection, hash and connection, id |
 *
 * What moves between stores (`archive*.ts`) is read over the same indexes. It is put by deleting and inserting, under the
 * lease and before anybody uses the store: a copy that was stopped in between is put again when it is gone on with. People
 * and their history carry the fence of their copy: one that slept meanwhile leaves alone whom a later one has put, or
 * somebody has written since.
 *
 * What is old is dropped by whoever holds the lease, a small batch at a time and the oldest first (`prune.ts`); a ticket that
 * is over goes whenever one is put. The first and the newest entries of a history stand with the person or in its oldest
 * document and stay, however old they are.
 *
 * A search looks at everybody of the connection, in order of our id.
 *
 * Shard key of `people` is `key`: it begins with the connection, so that a page is read from one place, a large tenant
 * can still be divided, and the uniqueness of an object id holds across shards, because an index that starts with the
 * shard key is the only one that can be unique there. The other collections are small beside it; where they are to be
 * divided as well, `_id` starts with the connection, too.
 *
 * Writes wait for the majority and its journal, reads see only what the majority has, and come from the primary (`url.ts`
 * tells why). But for that one, the options in the address have the last word.
 */

export interface MongoOptions extends DatabaseOptions, Clocks {
  readonly isDeadHere: (holder: string) => boolean
}

/** Throws `settings.invalid` or `store.*`; a schema of a newer version is refused before anything is written. */
export async function openMongo(url: string, options: MongoOptions): Promise<Store> {
  const db = await Database.open(url, options)
  try {
    await migrate(db)
  } catch (error) {
    await db.close()
    throw error
  }
  return {
    of: (connection) => connectionStore(db, connection, options),
    connections: () => connectionNames(db),
    archive: (connection) => archiveStore(db, connection),
    origin: storeOrigin(db),
    close: () => db.close(),
  }
}

function connectionStore(db: Database, connection: string, options: MongoOptions): ConnectionStore {
  const { now, isDeadHere } = options
  const scope = { db, connection }
  const find = (names: readonly string[]) => findUsers(scope, names)
  return {
    connection,
    known: (entraObjectIds) => knownUsers(scope, entraObjectIds),
    find: async (idOrUpn) => (await find([idOrUpn])).get(idOrUpn) ?? [],
    findAll: find,
    byKey: (key) => usersByKey(scope, key),
    due: (at, limit) => dueUsers(scope, at, limit),
    owed: () => countOwed(scope),
    parked: ({ limit, after = '' }) => parkedIds(db, connection, limit, after),
    list: (query) => listUsers(scope, query),
    history: (userId) => readHistory(db, connection, userId),
    tally: () => readTally(scope),
    candidates: ({ limit, after = '' }) => readCandidates(db, connection, limit, after),
    removals: (query) => readRemovals(scope, query),
    feed: (name) => readFeed(db, connection, name),
    commit: (batch) => commitBatch(db, connection, batch),
    write: (part) => writePart(db, connection, part),
    tickets: ticketStore(db, connection, now),
    tokens: tokenStore(db, connection),
    holds: holdStore(db, connection),
    runs: runStore(db, connection),
    lease: leaseStore(db, connection, new DatabaseClock(db, options), isDeadHere),
  }
}
