import { expect } from 'chai'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'
import { openFaultTenant, type FaultDesk, type FaultTenant } from './support/fault-desk.js'
import { decode, encodeWithSequence, Messages } from './support/op-msg.js'
import { refusal, unconfirmed } from './support/injuries.js'
import { type Fault, type Injury, type OpMsgProxy } from './support/op-msg-proxy.js'
import type { StoreOutcome } from './support/store-outcome.js'

const QUICK = 'serverSelectionTimeoutMS=1500&connectTimeoutMS=1000&socketTimeoutMS=600'

/** For runs that are to end well: what is answered is answered in time on a busy machine. */
const PATIENT = 'serverSelectionTimeoutMS=15000&socketTimeoutMS=3000'

type Where = { readonly on: 'alone' | 'replicaSet'; readonly options?: string }
const ALONE: Where = { on: 'alone' }
/** Stores that are spoilt at the same time: most of it is waiting. */
const DESKS = 4
const SLOW_MS = 15
const RETRYABLE = ['RetryableWriteError']

/** What may come of a run in which it happens once: null is a run that ends well. */
type Ends = readonly (string | null)[]
const WELL: Ends = [null]
const EITHER: Ends = [null, 'store.unreachable']

if (TEST_MONGO_URL === null) describe(`MongoDB: a server that fails (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a server that fails', () => {
    let tenant: FaultTenant
    let desk: FaultDesk
    let undisturbed: StoreOutcome
    /** How often an undisturbed run sends each command. */
    let sent: ReadonlyMap<string, number>

    before(async () => {
      tenant = await openFaultTenant(DESKS)
      desk = tenant.desks[0]!
      const { replicaSet, database } = desk
      expect(await desk.sync(replicaSet.through(database.url))).to.equal(null)
      undisturbed = await desk.outcome()
      sent = new Map(replicaSet.seen)
    })
    after(() => tenant.close())

    /** One run with the fault, one without: afterwards nobody can tell. Gives how the first one ended. */
    async function suffer(
      spoil: (proxy: OpMsgProxy) => void,
      { on, options = '' }: Where,
      at = desk,
    ): Promise<string | null> {
      const proxy = at[on]
      await at.restore()
      proxy.heal()
      spoil(proxy)
      const error = await at.sync(proxy.through(at.database.url, { options }))
      if (error) {
        expect(error.kind, inspect(error)).to.equal('unavailable')
        expect(error.remedy, inspect(error)).to.be.a('string').and.not.equal('')
      }
      const { hits } = proxy
      proxy.heal()
      expect(hits, 'it did happen').to.be.at.least(1)
      await at.letTimePass()
      const second = await at.sync(at.database.url)
      expect(second, inspect(second)).to.equal(null)
      expect(await at.outcome()).to.deep.equal(undisturbed)
      return error?.code ?? null
    }

    /** Once, at several places of the run, each time anew; with one of the injuries after the other. */
    async function everywhere(
      commands: readonly string[],
      injuries: readonly Injury[],
      { ends, ...where }: Where & { ends: Ends },
    ): Promise<void> {
      const faults = commands
        .flatMap((command) => places(sent.get(command) ?? 0).map((nth) => ({ command, nth })))
        .map((place, n): Fault => ({ ...place, do: injuries[n % injuries.length]! }))
      const left = [...faults]
      const work = async (at: FaultDesk): Promise<void> => {
        for (let fault = left.shift(); fault; fault = left.shift()) {
          const one = fault
          const end = await suffer((proxy) => proxy.order(one), where, at)
          expect(end, JSON.stringify(one)).to.be.oneOf(ends)
        }
      }
      await Promise.all(tenant.desks.map(work))
    }

    const WRITES = ['insert', 'update', 'delete']
    const READS = ['find', 'aggregate']

    it('is made of what we expect', () => {
      expect(undisturbed).to.deep.include({ candidates: 0, unfinishedRuns: 0, broken: [] })
      expect(undisturbed.parked).to.have.length(1)
      for (const command of [...WRITES, ...READS]) expect(sent.get(command), command).to.be.greaterThan(0)
    })

    it('is heard rightly: document sequences, checksums', async () => {
      const socket = connect(desk.alone.port, '127.0.0.1')
      const document = {
        insert: 'sequences',
        documents: [{ _id: 1 }, { _id: 2 }],
        $db: new URL(desk.database.url).pathname.slice(1),
      }
      const bytes = encodeWithSequence({ id: 7, to: 0, kind: 'msg', flags: 0, document }, 'documents')
      expect(decode(bytes).document).to.have.property('documents').with.length(2)
      socket.write(bytes)
      expect(await answerOn(socket))
        .to.include({ to: 7 })
        .and.have.nested.property('document.n')
      socket.destroy()
      expect(await desk.database.db.collection('sequences').countDocuments()).to.equal(2)
      await desk.database.db.collection('sequences').drop()
      const spoilt = Buffer.from(bytes)
      spoilt[30]! ^= 1
      expect(() => decode(spoilt)).to.throw('checksum')
    })

    describe('by an election', () => {
      const refused = (labels: readonly string[]) => [
        refusal(10107, 'NotWritablePrimary', labels),
        refusal(189, 'PrimarySteppedDown', labels),
      ]
      it('costs nothing where writes may be tried again', () =>
        everywhere([...WRITES, ...READS], refused(RETRYABLE), { on: 'replicaSet', ends: WELL }))
      it('costs one run at most where they may not', async () => {
        await everywhere(WRITES, refused([]), { on: 'alone', ends: EITHER })
        await everywhere(READS, refused([]), { on: 'alone', ends: WELL })
      })
      it('is told while it lasts', async () => {
        const [standing] = refused([])
        const end = await suffer(
          (proxy) => proxy.order({ command: 'update', nth: 4, times: Infinity, do: standing! }),
          ALONE,
        )
        expect(end).to.equal('store.unreachable')
      })
      it('costs nothing where the one who stepped down had done it', () =>
        everywhere(WRITES, [unconfirmed(91, 'ShutdownInProgress', RETRYABLE)], { on: 'replicaSet', ends: WELL }))
    })

    describe('to confirm a write in time', () => {
      it('costs one run at most', () =>
        everywhere(WRITES, [unconfirmed(64, 'WriteConcernTimeout')], { on: 'alone', ends: EITHER }))
      it('costs one run at most while nothing is confirmed', async () => {
        const standing = unconfirmed(64, 'WriteConcernTimeout')
        const end = await suffer(
          (proxy) => proxy.order({ command: 'update', nth: 3, times: Infinity, do: standing }),
          ALONE,
        )
        expect(end).to.be.oneOf(EITHER)
      })
    })

    describe('by a connection that is cut', () => {
      it('costs nothing where commands may be tried again', () =>
        everywhere([...WRITES, ...READS], ['cut before', 'cut after'], { on: 'replicaSet', ends: WELL }))
    })

    describe('by silence', () => {
      it('costs one run at most', async () => {
        await everywhere(WRITES, ['silence'], { on: 'alone', ends: EITHER, options: QUICK })
        await everywhere(READS, ['silence'], { on: 'alone', ends: WELL, options: PATIENT })
      })
    })

    describe('in other ways', () => {
      it('has lost a cursor: what was read is read again', async () => {
        for (const [n, code] of [43, 237].entries()) {
          const end = await suffer((proxy) => {
            proxy.batchSize = 2
            for (const nth of [1, 30, 60])
              proxy.order({ command: 'getMore', nth: nth + n, do: refusal(code, 'Cursor') })
          }, ALONE)
          expect(end).to.equal(null)
        }
      })

      it('is full', async () => {
        const full = [refusal(14031, 'OutOfDiskSpace')]
        await everywhere(['insert', 'update'], full, { on: 'alone', ends: [null, 'store.full'] })
        const end = await suffer(
          (proxy) => proxy.order({ command: 'update', nth: 4, times: Infinity, do: full[0]! }),
          ALONE,
        )
        expect(end).to.equal('store.full')
      })

      it('is slow: the run only takes longer', async () => {
        const end = await suffer((proxy) => {
          proxy.delayMs = SLOW_MS
          proxy.order({ do: { amend: {} } })
        }, ALONE)
        expect(end).to.equal(null)
      })

      it('is at a limit', () => {
        const limits = [
          refusal(262, 'ExceededTimeLimit'),
          refusal(50, 'MaxTimeMSExpired'),
          refusal(16500, 'RequestRateTooLarge'),
          refusal(146, 'ExceededMemoryLimit'),
        ]
        return everywhere(['update', 'find'], limits, { on: 'alone', ends: EITHER })
      })

      it('is told at once where it cannot be used at all, and the next run heals', async () => {
        const told: readonly (readonly [RegExp, (proxy: OpMsgProxy) => void, Where])[] = [
          [/too old/, (proxy) => (proxy.greeting = { maxWireVersion: 6 }), ALONE],
          [
            /no primary/,
            (proxy) => (proxy.greeting = { isWritablePrimary: false, ismaster: false, secondary: true }),
            { on: 'replicaSet' },
          ],
          [/cannot be reached/, (proxy) => proxy.fallSilent(), ALONE],
          [
            /does not let us/,
            (proxy) => proxy.order({ command: 'update', times: Infinity, do: refusal(13, 'Unauthorized') }),
            ALONE,
          ],
          [
            /retryWrites=false/,
            (proxy) => proxy.order({ command: 'update', times: Infinity, do: refusal(20, 'IllegalOperation') }),
            { on: 'replicaSet' },
          ],
        ]
        for (const [words, spoil, { on }] of told) {
          const proxy = desk[on]
          await desk.restore()
          spoil(proxy)
          const error = await desk.sync(proxy.through(desk.database.url, { options: QUICK }))
          proxy.heal()
          expect(error?.exitCode, String(words)).to.equal(5)
          await desk.letTimePass()
          expect(await desk.sync(desk.database.url), String(words)).to.equal(null)
          expect(await desk.outcome(), String(words)).to.deep.equal(undisturbed)
          expect(`${error?.message ?? ''} ${error?.remedy ?? ''}`)
            .to.match(words)
            .and.to.contain(`127.0.0.1:${proxy.port}`)
        }
      })
    })
  })

/** The first, the last, and some between them. */
function places(last: number): number[] {
  const some = [1, Math.round(last / 3), Math.round((2 * last) / 3), last - 1]
  return [...new Set(some)].filter((nth) => nth >= 1 && nth <= last)
}

async function answerOn(socket: Socket): Promise<ReturnType<typeof decode>> {
  const messages = new Messages()
  for (;;) {
    const [data] = (await once(socket, 'data')) as [Buffer]
    for (const bytes of messages.from(data)) return decode(bytes)
  }
}
