import { openStore } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import type { HistoryEntry, User } from '../../src/domain/user.js'
import { aFolder, type Env, type Folder } from '../support/command.js'

/** A folder whose store has these people in it already; no tenant is needed. */
export async function aFolderWith(users: readonly User[], env: Env = {}): Promise<Folder> {
  const folder = await aFolder({ STORE_URL: 'sqlite:connector.db', MAIL_URL: 'file:outbox', ...env })
  await seed(folder, users)
  return folder
}

export async function seed({ path, env }: Folder, users: readonly User[]): Promise<void> {
  const read = readConfig({ env, cwd: path, tty: false, needs: 'store' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(' '))
  const store = await openStore(read)
  try {
    const changes = users.map((after) => ({ before: null, after, entries: [created(after)] }))
    for (let start = 0; start < changes.length; start += 1000)
      await store.of('default').write({ users: changes.slice(start, start + 1000) })
  } finally {
    await store.close()
  }
}

function created({ createdAt, status, account, accountReason }: User): HistoryEntry {
  const evidence = { runId: 'run-1', account, reason: accountReason }
  return { at: createdAt, from: null, to: status, cause: 'run', evidence }
}
