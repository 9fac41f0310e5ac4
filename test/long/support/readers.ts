import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { UserView } from '../../../src/domain/view.js'
import { openStore } from '../../../src/store/open.js'
import type { CommandProcess } from './command-process.js'
import type { Town } from './town.js'

/** Others who read while a run writes: none of them may ever see an error. */

const COUNT_EVERY_MS = 15
const LIST_LIMIT = 1000

/** How many people each export gave. */
export async function exportsDuring(run: CommandProcess, town: Town): Promise<number[]> {
  const counts: number[] = []
  while (!run.isOver()) counts.push((await exported(town)).length)
  return counts
}

export async function exported({ start }: Town): Promise<UserView[]> {
  const { code, stdout, stderr } = await start(['users', 'export']).ended
  expect(code, stderr.slice(-2000)).to.equal(0)
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as UserView)
}

/** How many lists were given, each the one after the other until the last: in order, and nobody twice. */
export async function listsDuring(run: CommandProcess, { start }: Town): Promise<number> {
  let lists = 0
  let cursor: string | null = null
  let last = ''
  while (!run.isOver()) {
    const on = cursor === null ? [] : ['--cursor', cursor]
    const { code, stdout, stderr } = await start(['users', 'list', '--limit', String(LIST_LIMIT), '--json', ...on])
      .ended
    expect(code, stderr.slice(-2000)).to.equal(0)
    const page = JSON.parse(stdout) as { users: UserView[]; nextCursor: string | null }
    if (cursor === null) last = ''
    const ids = page.users.map(({ id }) => id)
    expect([last, ...ids]).to.deep.equal([...new Set([last, ...ids])].sort())
    last = ids.at(-1) ?? ''
    cursor = page.nextCursor
    if (ids.length > 0) lists += 1
  }
  return lists
}

/** How many people there were, asked over and over. */
export async function countsDuring(run: CommandProcess, { storePath }: Town): Promise<number[]> {
  const opened = await openStore({ kind: 'sqlite', path: storePath }, { now: () => new Date() })
  const store = opened.of('default')
  const counts: number[] = []
  while (!run.isOver()) {
    counts.push((await store.tally()).reduce((sum, { count }) => sum + count, 0))
    await sleep(COUNT_EVERY_MS)
  }
  await opened.close()
  return counts
}
