import type { CopyMark, StoreOrigin } from '../port-archive.js'
import type { Database } from './database.js'

/** What the database says of itself. */
export function storeOrigin(db: Database): StoreOrigin {
  const { origin } = db.collections
  const get = async (_id: string): Promise<unknown> => (await origin.one({ _id }))?.value ?? null
  const keep = async (_id: string, value: unknown): Promise<unknown> => {
    await origin.upsert({ _id }, { $setOnInsert: { value } })
    return get(_id)
  }
  return {
    identity: async (fresh) => String((await get('identity')) ?? (await keep('identity', fresh))),
    copy: async () => (await get('copy')) as CopyMark | null,
    async beginCopy(mark, instead) {
      if (instead) await origin.update({ _id: 'copy', ...fieldsOf(instead) }, { $set: { value: mark } })
      return (await keep('copy', mark)) as CopyMark
    },
    async endCopy(finishedAt) {
      await origin.update({ _id: 'copy' }, { $set: { 'value.finishedAt': finishedAt } })
    },
  }
}

/** One by one: compared as a whole, their order would count. */
function fieldsOf({ source, startedAt, finishedAt }: CopyMark): Readonly<Record<string, string | null>> {
  return { 'value.source': source, 'value.startedAt': startedAt, 'value.finishedAt': finishedAt }
}

/** Not all of them have a document of their own: people and tokens may be written before the first run. */
export async function connectionNames(db: Database): Promise<string[]> {
  const { connections, people, parked, tokens } = db.collections
  const names = new Set((await connections.find({}, { select: { _id: 1 } })).map(({ _id }) => _id))
  for (const collection of [people, parked, tokens] as const)
    for (const name of await owners(collection)) names.add(name)
  return [...names].sort()
}

/** One document of each connection is looked at, over an index that begins with the connection. */
async function owners(collection: OwnedCollection): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const after = names.at(-1)
    const [next] = await collection.find(after === undefined ? {} : { connection: { $gt: after } }, FIRST)
    if (!next) return names
    names.push(next.connection)
  }
}

const FIRST = { select: { connection: 1 }, sort: { connection: 1 }, limit: 1 } as const

interface OwnedCollection {
  find(filter: Readonly<Record<string, unknown>>, how: typeof FIRST): Promise<{ readonly connection: string }[]>
}
