import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { NO_AHEAD, type Email } from '../../src/domain/ahead.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { begin, created, entry, person, userId } from '../store/support.js'
import { aFolder, until, type Folder } from '../support/command.js'
import { smtpSink, type SmtpSink } from './support/smtp-sink.js'

/* Ten thousand invitations through a real SMTP server, while the process that sends them is killed over and over. */

const PEOPLE = 10_000
const KILLS = 10
/** How many emails a process has on their way at once. */
const AT_ONCE = 2

describe('ten thousand invitations', function () {
  this.timeout(10 * 60_000)
  let folder: Folder
  let sink: SmtpSink
  let store: Store

  before(async () => {
    sink = await smtpSink()
    folder = await aFolder({
      STORE_URL: 'sqlite:connector.db',
      MAIL_URL: `smtp://127.0.0.1:${sink.port}`,
      MAIL_FROM: 'intranet@contoso.example',
      PORT: '0',
      LOG_FORMAT: 'json',
    })
    store = await openStore({ kind: 'sqlite', path: `${folder.path}/connector.db` }, { now: () => new Date() })
    await invite(store)
  })
  after(async () => {
    await store.close()
    await sink.close()
    await folder.remove()
  })

  it('go out without loss, and twice only where a kill left it unknown, which is said', async () => {
    const own = store.of('default')
    let said = ''
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const serve = folder.start(['serve', '--no-schedule'])
      const goal = Math.floor((PEOPLE * kill) / (KILLS + 2))
      await until(() => sink.received() >= goal, serve)
      // Somewhere in the middle of an email, not right after one.
      await sleep(Math.random() * 20)
      serve.send('SIGKILL')
      said += (await serve.ended).stderr
    }
    const serve = folder.start(['serve', '--no-schedule'])
    await until(async () => (await own.owed()) === 0, serve)
    serve.send('SIGTERM')
    const last = await serve.ended
    said += last.stderr
    expect(last.code).to.equal(0)

    expect(await pendingPeople(own), 'everybody is pending').to.equal(PEOPLE)
    const times = sink.byMessageId()
    expect(times.size, 'nobody was forgotten').to.equal(PEOPLE)
    const doubles = [...times.values()].filter((sent) => sent > 1).length
    const announced = said.split('may go out a second time').length - 1
    expect(doubles, 'emails sent twice').to.be.at.most(KILLS * AT_ONCE)
    expect(announced, 'resends that were announced').to.be.at.least(doubles)
    expect(Math.max(...times.values())).to.be.at.most(2)
  })
})

function owed(n: number): Email {
  const never = { sentAt: null, failedAt: null, openedAt: null, usedAt: null, replacedAt: null, cancelledAt: null }
  const start = { to: null, attempts: 0, firstTriedAt: null, nextTryAt: null, claim: null, problem: null, links: [] }
  return {
    ...never,
    ...start,
    id: userId(n),
    kind: 'invitation',
    requestedAt: new Date().toISOString(),
    requestedBy: 'Mia',
    expiresAt: null,
  }
}

async function invite(store: Store): Promise<void> {
  const { commit, store: own, fence } = await begin(store)
  for (let from = 1; from <= PEOPLE; from += 1000) {
    const people = Array.from({ length: 1000 }, (_, i) =>
      person(from + i, {
        identity: 'ahead-id',
        status: 'migrating',
        ahead: { ...NO_AHEAD, emails: [owed(from + i)] },
      }),
    )
    await commit({ users: people.map((user) => created(user, entry('migrating'))) })
  }
  await own.lease.release(fence)
}

async function pendingPeople(store: ConnectionStore): Promise<number> {
  const pending = (await store.tally()).filter(({ status }) => status === 'pending')
  return pending.reduce((sum, { count }) => sum + count, 0)
}
